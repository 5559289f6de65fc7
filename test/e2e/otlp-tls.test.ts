import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { ServerCredentials } from '@grpc/grpc-js';
import type { OtlpConfig } from '../../src/sinks/otlp/schema.ts';
import type { Environment } from '../../src/sinks/otlp/settings.ts';
import { Certificates } from './certificates.ts';
import { configOf, NO_RETRY, packets, RunningSink } from './otlp-fixtures.ts';
import { OtlpReceiver, sumOf } from './otlp-receiver.ts';

describe('otlp with TLS', () => {
  const certificates = new Certificates();
  after(() => certificates[Symbol.dispose]());
  const { serverCert, serverKey, clientCert, clientKey } = certificates;
  const keyPair = { cert_chain: certificates.pem(serverCert), private_key: certificates.pem(serverKey) };
  const credentials = ServerCredentials.createSsl(null, [keyPair], false);
  const mutual = ServerCredentials.createSsl(certificates.pem(clientCert), [keyPair], true);

  /** Writes two records through a new sink and returns its status; they must arrive exactly when it is live. */
  async function tryOnce(
    receiver: OtlpReceiver,
    endpoint: string,
    overrides: Partial<OtlpConfig>,
    environment: Environment = {},
  ): Promise<string> {
    await using sink = await RunningSink.start(
      configOf(endpoint, { ...NO_RETRY, ...overrides }),
      environment,
    );
    const { delivered } = await sink.write(packets(2));
    assert.equal(delivered, sink.status.startsWith('live') ? 2 : 0);
    assert.equal(sumOf(receiver.metrics, 'test.packets'), delivered);
    return sink.status;
  }

  it('delivers to a receiver whose authority it was told to trust', async () => {
    await using receiver = await OtlpReceiver.start({ credentials });
    const endpoint = `https://127.0.0.1:${receiver.port}`;
    const status = await tryOnce(receiver, endpoint, { tls: { ca_file: serverCert } });
    assert.equal(status, `live | sends to ${endpoint}, TLS, gzip`);
  });

  it('uses TLS without a scheme, and the certificate of the environment', async () => {
    await using receiver = await OtlpReceiver.start({ credentials });
    const endpoint = `127.0.0.1:${receiver.port}`;
    const status = await tryOnce(receiver, endpoint, {}, { OTEL_EXPORTER_OTLP_CERTIFICATE: serverCert });
    assert.equal(status, `live | sends to ${endpoint}, TLS, gzip`);
  });

  it('says that a self-signed certificate is not trusted, and what to do', async () => {
    await using receiver = await OtlpReceiver.start({ credentials });
    const status = await tryOnce(receiver, `https://127.0.0.1:${receiver.port}`, {});
    assert.match(status, /^degraded .* certificate is self-signed .* \| name .* in tls\.ca_file$/);
  });

  it('says that a certificate is for another name, and takes that name', async () => {
    await using receiver = await OtlpReceiver.start({ credentials });
    const endpoint = `https://127.0.0.1:${receiver.port}`;
    const wrong = await tryOnce(receiver, endpoint, {
      tls: { ca_file: serverCert, server_name: 'collector.test' },
    });
    assert.match(
      wrong,
      /certificate is for another name \| write that name in endpoint, or in tls\.server_name$/,
    );
    const right = await tryOnce(receiver, endpoint, {
      tls: { ca_file: serverCert, server_name: 'localhost' },
    });
    assert.match(right, /^live/);
  });

  it('shows its own certificate to a receiver that asks for one', async () => {
    await using receiver = await OtlpReceiver.start({ credentials: mutual });
    const endpoint = `https://127.0.0.1:${receiver.port}`;
    const without = await tryOnce(receiver, endpoint, { tls: { ca_file: serverCert } });
    assert.match(
      without,
      /refuses this client’s certificate, or wants one \| give tls\.cert_file and tls\.key_file/,
    );
    const untrusted = { ca_file: serverCert, cert_file: serverCert, key_file: serverKey };
    assert.match(await tryOnce(receiver, endpoint, { tls: untrusted }), /client’s certificate/);
    const trusted = { ca_file: serverCert, cert_file: clientCert, key_file: clientKey };
    assert.match(await tryOnce(receiver, endpoint, { tls: trusted }), /^live/);
  });

  it('takes the client’s certificate from the environment', async () => {
    await using receiver = await OtlpReceiver.start({ credentials: mutual });
    const status = await tryOnce(
      receiver,
      `127.0.0.1:${receiver.port}`,
      {},
      {
        OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: serverCert,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: clientCert,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: clientKey,
      },
    );
    assert.match(status, /^live/);
  });

  it('says when one side speaks TLS and the other does not', async () => {
    await using tls = await OtlpReceiver.start({ credentials });
    const plainToTls = await tryOnce(tls, tls.endpoint, {});
    assert.match(plainToTls, /closes a plaintext connection at once, .* \| write https:\/\/ in endpoint$/);
    await using plain = await OtlpReceiver.start();
    const tlsToPlain = await tryOnce(plain, `https://127.0.0.1:${plain.port}`, {});
    assert.match(tlsToPlain, /does not speak TLS \| write http:\/\/ in endpoint/);
  });

  it('says when the port speaks HTTP and not gRPC', async (t) => {
    const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await using sink = await RunningSink.start(configOf(`http://127.0.0.1:${port}`, NO_RETRY));
    assert.deepEqual(await sink.write(packets(1)), { delivered: 0, rejected: { unavailable: 1 } });
    assert.match(sink.status, /does not speak gRPC \| write the port of OTLP over gRPC, usually 4317/);
  });

  it('refuses to start with a certificate that it cannot read', async () => {
    const start = (caFile: string) =>
      RunningSink.start(configOf('https://localhost:4317', { tls: { ca_file: caFile } }));
    await assert.rejects(start('/nowhere/ca.pem'), /cannot read \/nowhere\/ca\.pem: ENOENT/);
    const file = `${serverCert}.txt`;
    writeFileSync(file, 'no certificate');
    await assert.rejects(start(file), { message: `${file} is not a PEM file (no -----BEGIN line)` });
    writeFileSync(file, '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n');
    await assert.rejects(start(file), /crt\.txt: not usable for TLS/);
    const strangers = { cert_file: clientCert, key_file: serverKey };
    await assert.rejects(
      RunningSink.start(configOf('https://localhost:4317', { tls: strangers })),
      /client\.crt with .*server\.key: not usable for TLS: .*key values mismatch/,
    );
  });
});
