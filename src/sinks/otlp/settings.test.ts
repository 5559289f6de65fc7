import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkConfig, type OtlpConfig } from './schema.ts';
import { type Environment, resolveSettings, type Signal } from './settings.ts';

const EMPTY: OtlpConfig = {
  headers: {},
  tls: {},
  retry: { initial_interval: 500, max_interval: 5000, max_elapsed: 30_000 },
};

function resolve(config: Partial<OtlpConfig>, environment: Environment, signal: Signal = 'METRICS') {
  const warnings: string[] = [];
  const settings = resolveSettings({ ...EMPTY, ...config }, environment, signal, (warning) =>
    warnings.push(warning),
  );
  return { ...settings, warnings };
}

describe('settings', () => {
  it('have defaults', () => {
    assert.deepEqual(resolve({}, {}), {
      endpoint: { shown: 'http://127.0.0.1:4317', target: '127.0.0.1:4317', tls: false },
      headers: {},
      timeoutMillis: 10_000,
      compression: 'gzip',
      tls: undefined,
      warnings: [],
    });
  });

  it('come from the config before the signal’s variable before the general one, and empty is unset', () => {
    const general = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    };
    const own = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://own:2',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
    };
    const shown = (config: Partial<OtlpConfig>, environment: Environment, signal?: Signal) => {
      const { endpoint, timeoutMillis, compression } = resolve(config, environment, signal);
      return [endpoint.target, timeoutMillis, compression];
    };
    assert.deepEqual(shown({}, general), ['general:1', 1000, 'none']);
    assert.deepEqual(shown({}, { ...general, ...own }), ['own:2', 2000, 'gzip']);
    assert.deepEqual(shown({}, { ...general, ...own }, 'LOGS'), ['general:1', 1000, 'none']);
    assert.deepEqual(shown({}, { ...general, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: ' ' }), [
      'general:1',
      1000,
      'none',
    ]);
    const config = { endpoint: 'http://config:3', timeout: 3000, compression: 'none' } as const;
    assert.deepEqual(shown(config, { ...general, ...own }), ['config:3', 3000, 'none']);
  });

  it('decode headers, and name what they cannot read without its value', () => {
    const { headers, warnings } = resolve(
      { headers: { 'X-Mine': '1' } },
      {
        OTEL_EXPORTER_OTLP_HEADERS: 'api%2Dkey=a%20b%3D,x-mine=0 , broken, bad name=SECRET,p=%zz,,eq=a=b',
      },
    );
    assert.deepEqual(headers, { 'api-key': 'a b=', 'x-mine': '1', eq: 'a=b' });
    assert.equal(warnings.length, 3);
    assert.match(warnings[0], /^OTEL_EXPORTER_OTLP_HEADERS: entry 3 is not key=value/);
    assert.doesNotMatch(warnings.join(), /SECRET/);
  });

  it('pass over variables that make no sense, and say so', () => {
    const { timeoutMillis, compression, warnings } = resolve(
      {},
      { OTEL_EXPORTER_OTLP_TIMEOUT: 'soon', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'zstd' },
    );
    assert.deepEqual([timeoutMillis, compression], [10_000, 'gzip']);
    assert.equal(warnings.length, 2);
  });

  it('use TLS for https, and without a scheme unless told not to', () => {
    const insecure = { OTEL_EXPORTER_OTLP_INSECURE: 'true' };
    assert.deepEqual(resolve({ endpoint: 'https://a' }, insecure).tls, {});
    assert.deepEqual(resolve({ endpoint: 'a:1' }, {}).tls, {});
    assert.deepEqual(resolve({ endpoint: 'a:1' }, { OTEL_EXPORTER_OTLP_INSECURE: '1' }).tls, {});
    assert.deepEqual(resolve({ endpoint: 'a:1', tls: { insecure: false } }, insecure).tls, {});
    assert.equal(resolve({ endpoint: 'a:1' }, insecure).tls, undefined);
    assert.equal(resolve({ endpoint: 'a:1', tls: { insecure: true } }, {}).tls, undefined);
    assert.equal(resolve({ endpoint: 'http://a' }, {}).tls, undefined);
  });

  it('never pair the config’s key with the environment’s certificate', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: 'env.crt',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: 'env.key',
    };
    const endpoint = 'https://a';
    assert.deepEqual(resolve({ endpoint }, environment).tls, {
      caFile: 'ca',
      certFile: 'env.crt',
      keyFile: 'env.key',
    });
    const tls = { cert_file: 'own.crt', key_file: 'own.key' };
    assert.deepEqual(resolve({ endpoint, tls }, environment).tls, {
      caFile: 'ca',
      certFile: 'own.crt',
      keyFile: 'own.key',
    });
    assert.throws(
      () => resolve({ endpoint }, { OTEL_EXPORTER_OTLP_CLIENT_KEY: 'env.key' }),
      /CLIENT_KEY is set but OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is not/,
    );
  });

  it('name the variable that holds a malformed endpoint', () => {
    assert.throws(
      () => resolve({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://a' }),
      /^Error: OTEL_EXPORTER_OTLP_ENDPOINT: "grpc:\/\/a" is no endpoint/,
    );
  });
});

describe('the check of a config', () => {
  const problems = (config: Partial<OtlpConfig>) =>
    checkConfig({ ...EMPTY, ...config }).map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('accepts what works', () => {
    assert.deepEqual(problems({}), []);
    const tls = { ca_file: 'a', cert_file: 'b', key_file: 'c', server_name: 'd' };
    assert.deepEqual(problems({ endpoint: 'https://a', tls, headers: { 'x-token': 'abc 123' } }), []);
    assert.deepEqual(problems({ endpoint: 'a:4317', tls: { insecure: true } }), []);
  });

  for (const [name, config, expected] of [
    ['a key alone', { tls: { key_file: 'k' } }, /^tls\.key_file: .* add cert_file$/],
    ['a certificate alone', { tls: { cert_file: 'c' } }, /^tls\.cert_file: .* add key_file$/],
    ['insecure https', { endpoint: 'https://a', tls: { insecure: true } }, /^tls\.insecure: .* write http:/],
    [
      'TLS files for plaintext',
      { endpoint: 'http://a', tls: { ca_file: 'c' } },
      /^tls\.ca_file: has no effect/,
    ],
    ['an unreadable endpoint', { endpoint: 'a b' }, /^endpoint: "a b" is no endpoint/],
    ['a header with a space', { headers: { 'a b': '1' } }, /^headers\.a b: a header name has only/],
    ['a header of gRPC’s', { headers: { 'grpc-timeout': '1' } }, /^headers\.grpc-timeout: .*belong to gRPC/],
    ['a binary header', { headers: { 'x-bin': '1' } }, /^headers\.x-bin: binary/],
    ['a value that is not ASCII', { headers: { x: 'ü' } }, /^headers\.x: .* only printable ASCII/],
    [
      'a first pause above the longest',
      { retry: { initial_interval: 2, max_interval: 1, max_elapsed: 9 } },
      /^retry\.initial_interval: is longer than max_interval$/,
    ],
  ] as const) {
    it(`refuses ${name}`, () => {
      const [problem, ...others] = problems(config);
      assert.match(problem, expected);
      assert.deepEqual(others, []);
    });
  }
});
