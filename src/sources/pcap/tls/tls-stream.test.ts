import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { cipherSuiteText, versionText } from './names.ts';
import { type Piece, TlsRecorder } from './testdata/recorded-handshake.ts';
import { type TlsHandshake, TlsStream } from './tls-stream.ts';

const recorder = new TlsRecorder();
after(() => recorder[Symbol.dispose]());

/** Each piece a millisecond after the one before it. */
function replay(pieces: readonly Piece[]): TlsHandshake {
  const results: TlsHandshake[] = [];
  const stream = new TlsStream((handshake) => results.push(handshake));
  pieces.forEach(({ fromClient, bytes }, index) => {
    stream.data(fromClient, bytes, 0, bytes.length, index * 1e6);
  });
  stream.end(pieces.length * 1e6, 'fin', true);
  assert.equal(results.length, 1);
  return results[0];
}

function cut(pieces: readonly Piece[], size: number): Piece[] {
  return pieces.flatMap(({ fromClient, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => ({
      fromClient,
      bytes: bytes.subarray(index * size, (index + 1) * size),
    })),
  );
}

const OPTIONS = { servername: 'shop.example', ALPNProtocols: ['h2', 'http/1.1'] };
const SERVER = { ALPNProtocols: ['http/1.1'] };
const tls12 = await recorder.record({ ...OPTIONS, maxVersion: 'TLSv1.2' }, SERVER);
const tls13 = await recorder.record(OPTIONS, SERVER);

describe('TlsStream', () => {
  for (const [version, recording] of [
    ['1.2', tls12],
    ['1.3', tls13],
  ] as const) {
    it(`says of TLS ${version} what OpenSSL says`, () => {
      const { clientHello, serverHello, resumed, endedNanos, alert, gap } = replay(recording.pieces);
      assert.equal(clientHello?.serverName, 'shop.example');
      assert.deepEqual(clientHello?.alpn, ['h2', 'http/1.1']);
      assert.equal(versionText(serverHello!.version), version);
      assert.equal(`TLSv${version}`, recording.protocol);
      assert.equal(cipherSuiteText(serverHello!.cipherSuite), recording.cipher);
      assert.equal(serverHello?.alpn, version === '1.2' ? 'http/1.1' : undefined);
      assert.deepEqual([resumed, gap, alert], [false, false, undefined]);
      assert.ok(endedNanos > 0);
    });

    it(`ends the handshake of TLS ${version} at the same byte however it is cut`, () => {
      const { pieces } = recording;
      const end = replay(pieces).endedNanos / 1e6;
      // The bytes up to that piece establish it, one byte less does not.
      const upTo = cut(pieces.slice(0, end + 1), 1);
      assert.ok(!Number.isNaN(replay(upTo).endedNanos));
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 2000 }), (size) => {
          const handshake = replay(cut(pieces, size));
          assert.equal(handshake.clientHello?.serverName, 'shop.example');
          assert.equal(versionText(handshake.serverHello!.version), version);
          assert.ok(handshake.endedNanos > 0);
        }),
      );
    });

    it(`knows a resumed session of TLS ${version}`, async () => {
      const maxVersion = version === '1.2' ? 'TLSv1.2' : 'TLSv1.3';
      const again = await recorder.record({ ...OPTIONS, maxVersion, session: recording.session! }, SERVER);
      assert.equal(again.resumed, true);
      const handshake = replay(again.pieces);
      assert.equal(handshake.resumed, true);
      assert.ok(handshake.endedNanos > 0);
    });
  }

  it('knows a HelloRetryRequest, and the ServerHello after it', async () => {
    const { pieces } = await recorderFor({ ecdhCurve: 'P-384' }, { ecdhCurve: 'X25519:P-384' });
    const handshake = replay(pieces);
    assert.equal(handshake.helloRetry, true);
    assert.equal(versionText(handshake.serverHello!.version), '1.3');
    assert.ok(handshake.endedNanos > 0);
  });

  it('reads the version that a ClientHello in the format of SSL 2 offers', () => {
    const hello = Buffer.concat([Uint8Array.of(0x80, 0x0c, 1, 3, 1, 0, 3, 0, 0, 0, 0, 0, 4, 5)]);
    for (const size of [1, 14]) {
      const { clientHello, gap } = replay(cut([{ fromClient: true, bytes: hello }], size));
      assert.deepEqual([clientHello?.version, gap], [0x0301, false]);
    }
  });

  it('reports the alert that ends a handshake, and who sent it', async () => {
    const { pieces } = await recorderFor({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' });
    const handshake = replay(pieces);
    assert.deepEqual(handshake.alert, { fatal: true, code: 70, byClient: false });
    assert.ok(Number.isNaN(handshake.endedNanos));
  });

  it('goes on behind a hole, marked, and never with a name that was not sent', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 2000 }), (place, length) => {
        const results: TlsHandshake[] = [];
        const stream = new TlsStream((handshake) => results.push(handshake));
        let at = 0;
        cut(tls12.pieces, 100).forEach(({ fromClient, bytes }, nanos) => {
          const lost = at >= place && at < place + length;
          at += bytes.length;
          if (lost) stream.gap(fromClient, bytes.length, nanos);
          else stream.data(fromClient, bytes, 0, bytes.length, nanos);
        });
        stream.end(1e9, 'fin', true);
        const [{ clientHello, serverHello, resumed }] = results;
        assert.ok(clientHello === undefined || clientHello.serverName === 'shop.example');
        assert.ok(serverHello === undefined || serverHello.version === 0x0303);
        assert.notEqual(resumed, true);
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    const seeds = tls13.pieces.slice(0, 3);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 }))),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 }),
        (noise, changes) => {
          const damaged = seeds.map(({ fromClient, bytes }) => ({
            fromClient,
            bytes: Uint8Array.from(bytes),
          }));
          for (const [place, value] of changes) {
            const { bytes } = damaged[place % damaged.length];
            bytes[place % bytes.length] = value;
          }
          replay([...damaged, ...noise.map(([fromClient, bytes]) => ({ fromClient, bytes }))]);
        },
      ),
    );
  });
});

/** A connection to a server of its own. */
async function recorderFor(
  serverContext: ConstructorParameters<typeof TlsRecorder>[0],
  client: Parameters<TlsRecorder['record']>[0],
) {
  using own = new TlsRecorder(serverContext);
  return await own.record({ ...OPTIONS, ...client });
}
