import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEndpoint } from './endpoint.ts';

test('reads what people write for an endpoint', () => {
  const cases: readonly [string, string, boolean | undefined][] = [
    ['http://127.0.0.1:4317', '127.0.0.1:4317', false],
    ['http://collector', 'collector:4317', false],
    // `URL` would drop this port, and gRPC would dial 443.
    ['http://collector:80/', 'collector:80', false],
    ['https://otlp.example.com', 'otlp.example.com:443', true],
    ['HTTPS://otlp.example.com:4317', 'otlp.example.com:4317', true],
    ['collector:4317', 'collector:4317', undefined],
    ['collector', 'collector:4317', undefined],
    [' http://[::1]:4317 ', '[::1]:4317', false],
    ['unix:///run/otel.sock', 'unix:///run/otel.sock', false],
  ];
  for (const [text, target, tls] of cases) {
    const endpoint = { shown: text.trim(), target, tls };
    assert.deepEqual(readEndpoint(text), { kind: 'endpoint', endpoint });
  }
});

test('says what is wrong with the others', () => {
  const problemOf = (text: string) => {
    const reading = readEndpoint(text);
    assert.equal(reading.kind, 'problem', text);
    return reading.kind === 'problem' ? reading.message : '';
  };
  assert.match(problemOf('grpc://collector:4317'), /no endpoint; write http:\/\/HOST:PORT/);
  assert.match(problemOf('::1:4317'), /no endpoint/);
  assert.match(
    problemOf('http://collector:4317/v1/metrics'),
    /path \/v1\/metrics.* OTLP over HTTP, port 4318/,
  );
  assert.match(problemOf('http://collector:99999'), /port 99999 is above 65535/);
  const withPassword = problemOf('http://user:secret@collector:4317');
  assert.doesNotMatch(withPassword, /secret/);
});
