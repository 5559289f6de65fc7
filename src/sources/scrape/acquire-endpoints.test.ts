import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { filter, firstValueFrom, Subject, type Subscription, timeout } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import { Certificates } from '../../../test/e2e/certificates.ts';
import type { Chunk } from '../../component.ts';
import { acquireEndpoints, type EndpointsOptions } from './acquire-endpoints.ts';
import { readAddress } from './address.ts';
import { readAnswer } from './answer.ts';
import { linkerd } from './linkerd/index.ts';
import { HttpServer, sending } from './testdata/http-server.ts';

const LIMIT_MILLIS = 10_000;

/** The source on a real server. The interval is long: a test asks for what the first request, or the last, brings. */
function asking(address: string, given: Partial<EndpointsOptions> = {}) {
  const reading = readAddress(address, '/figures');
  if (reading.kind === 'problem') throw new Error(reading.message);
  const stop$ = new Subject<void>();
  const context = testContext(linkerd, { stop$ });
  const chunks: Chunk[] = [];
  const chunk$ = new Subject<Chunk>();
  const result = { isComplete: false, failure: undefined as unknown };
  const subscription: Subscription = acquireEndpoints(
    {
      endpoints: [reading.endpoint],
      intervalMillis: 3_600_000,
      timeoutMillis: 5000,
      maxBytes: 100_000,
      headers: { accept: 'text/plain' },
      tls: {},
      objectionTo: () => undefined,
      ...given,
    },
    context,
  ).subscribe({
    next: (chunk) => {
      chunks.push(chunk);
      chunk$.next(chunk);
    },
    complete: () => {
      result.isComplete = true;
    },
    error: (error: unknown) => {
      result.failure = error;
    },
  });
  const next = (kind: 'answer' | 'body') =>
    firstValueFrom(
      chunk$.pipe(
        filter(({ name }) => name.startsWith(kind)),
        timeout(LIMIT_MILLIS),
      ),
    );
  return { context, chunks, result, stop$, next, [Symbol.dispose]: () => subscription.unsubscribe() };
}

const outcomeOf = ({ bytes }: Chunk) => readAnswer(bytes)?.outcome;

describe('acquireEndpoints: bodies', () => {
  it('gives what the server sends, after how it went', async () => {
    await using server = await HttpServer.start(
      sending('a 1\n', { 'content-type': 'text/plain; version=0.0.4' }),
    );
    using run = asking(`127.0.0.1:${server.port}`);
    const body = await run.next('body');
    assert.equal(Buffer.from(body.bytes).toString(), 'a 1\n');
    assert.deepEqual(
      run.chunks.map(({ name }) => name),
      [`answer 127.0.0.1:${server.port}`, `body 127.0.0.1:${server.port}`],
    );
    assert.equal(readAnswer(run.chunks[0].bytes)?.contentType, 'text/plain; version=0.0.4');
    assert.equal(server.requests[0].url, '/figures');
    assert.deepEqual(
      run.context.statuses.map(({ state }) => state),
      ['live'],
    );
  });

  it('unpacks gzip', async () => {
    await using server = await HttpServer.start(
      sending(gzipSync('packed 1\n'), { 'content-encoding': 'gzip' }),
    );
    using run = asking(`127.0.0.1:${server.port}`);
    assert.equal(Buffer.from((await run.next('body')).bytes).toString(), 'packed 1\n');
  });

  it('sends the headers that it was given', async () => {
    await using server = await HttpServer.start(sending('a 1\n'));
    using run = asking(`127.0.0.1:${server.port}`, {
      headers: { accept: 'x/y', authorization: 'Bearer t0ken' },
    });
    await run.next('body');
    assert.equal(server.requests[0].headers.authorization, 'Bearer t0ken');
    assert.equal(server.requests[0].headers.accept, 'x/y');
  });
});

const BIG = 'x'.repeat(200_000);
const FAILURES: readonly {
  readonly title: string;
  readonly answer: Parameters<typeof HttpServer.start>[0];
  readonly options?: Partial<EndpointsOptions>;
  readonly detail: RegExp;
}[] = [
  {
    title: 'a status that is not 200',
    answer: (_, response) => response.writeHead(404).end('no'),
    detail: /answers 404/,
  },
  {
    title: 'a refusal',
    answer: (_, response) => response.writeHead(401).end(),
    detail: /answers 401/,
  },
  {
    title: 'a redirect, which it does not follow and whose query it does not print',
    answer: (_, response) =>
      response.writeHead(302, { location: 'http://u:pw@127.0.0.1:1/login?token=secret' }).end(),
    detail: /answers 302, a redirect to http:\/\/127\.0\.0\.1:1\/login, which is not followed/,
  },
  { title: 'a body that is too long', answer: sending(BIG), detail: /answers more than 100000 bytes/ },
  {
    title: 'a body that is short until it is unpacked',
    answer: sending(gzipSync(BIG), { 'content-encoding': 'gzip' }),
    detail: /answers more than 100000 bytes/,
  },
  {
    title: 'a body that ends early',
    answer: (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('only this');
      setImmediate(() => response.destroy());
    },
    detail: /connection was lost before the answer was complete/,
  },
  {
    title: 'a packed body that ends early',
    answer: sending(gzipSync(BIG).subarray(0, 60), { 'content-encoding': 'gzip' }),
    detail: /compressed answer is damaged/,
  },
  {
    title: 'a body that never ends',
    answer: (_, response) => {
      response.writeHead(200);
      response.write('a 1\n');
    },
    options: { timeoutMillis: 100 },
    detail: /no complete answer within 100ms/,
  },
  {
    title: 'no answer at all',
    answer: () => {},
    options: { timeoutMillis: 100 },
    detail: /no complete answer within 100ms/,
  },
  {
    title: 'a body that the source objects to',
    answer: sending('<html>'),
    options: { objectionTo: () => ({ kind: 'failure', detail: 'answers with HTML' }) },
    detail: /answers with HTML/,
  },
];

describe('acquireEndpoints: failures', () => {
  for (const { title, answer, options, detail } of FAILURES) {
    it(`says so for ${title}`, async () => {
      await using server = await HttpServer.start(answer);
      using run = asking(`127.0.0.1:${server.port}`, options);
      assert.equal(outcomeOf(await run.next('answer')), 'failed');
      assert.equal(run.chunks.length, 1);
      const [status] = run.context.statuses;
      assert.equal(status.state, 'degraded');
      assert.match(status.detail, detail);
      assert.doesNotMatch(status.detail, /secret|pw/);
      const isTooLong = /answers more than/.test(status.detail);
      assert.deepEqual(run.context.counter.snapshot().dropped, isTooLong ? { body_too_long: 1 } : {});
    });
  }

  it('says so for a port where nobody listens, once, and once when somebody does', async () => {
    await using server = await HttpServer.start(sending('a 1\n'));
    const { port } = server;
    await server[Symbol.asyncDispose]().catch(() => {});
    using run = asking(`127.0.0.1:${port}`, { intervalMillis: 50 });
    for (let attempt = 0; attempt < 3; attempt++) assert.equal(outcomeOf(await run.next('answer')), 'failed');
    assert.deepEqual(
      run.context.statuses.map(({ state, detail }) => [state, /nothing listens/.test(detail)]),
      [['degraded', true]],
    );
  });

  it('says so for a server that does not speak HTTP', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-x\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    using run = asking(`127.0.0.1:${(server.address() as { port: number }).port}`);
    await run.next('answer');
    assert.match(run.context.statuses[0].detail, /does not answer in HTTP/);
    server.close();
  });

  it('reports a failure once, and once that it is over', async () => {
    let isBroken = true;
    await using server = await HttpServer.start((_, response) =>
      isBroken ? response.writeHead(503).end() : response.end('a 1\n'),
    );
    using run = asking(`127.0.0.1:${server.port}`, { intervalMillis: 30 });
    for (let attempt = 0; attempt < 3; attempt++) await run.next('answer');
    isBroken = false;
    await run.next('body');
    await run.next('body');
    assert.deepEqual(
      run.context.statuses.map(({ state }) => state),
      ['degraded', 'live'],
    );
  });

  it('asks one thing at a time, and says that it waits', async () => {
    let answerNow = () => {};
    await using server = await HttpServer.start((_, response) => {
      answerNow = () => response.end('a 1\n');
    });
    using run = asking(`127.0.0.1:${server.port}`, { intervalMillis: 30 });
    for (let tick = 0; tick < 3; tick++) assert.equal(outcomeOf(await run.next('answer')), 'waiting');
    assert.equal(server.requests.length, 1);
    answerNow();
    await run.next('body');
  });
});

describe('acquireEndpoints: the end', () => {
  it('asks a last time and completes', async () => {
    await using server = await HttpServer.start(sending('a 1\n'));
    using run = asking(`127.0.0.1:${server.port}`);
    await run.next('body');
    await new Promise(setImmediate);
    const last = run.next('body');
    run.stop$.next();
    await last;
    await new Promise(setImmediate);
    assert.equal(run.result.isComplete, true);
    assert.equal(server.requests.length, 2);
  });

  it('does not wait for a server that hangs', async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await HttpServer.start(() => arrived.resolve());
    using run = asking(`127.0.0.1:${server.port}`, { timeoutMillis: 60_000 });
    await arrived.promise;
    const begun = performance.now();
    run.stop$.next();
    while (!run.result.isComplete) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(performance.now() - begun < LIMIT_MILLIS);
    assert.deepEqual(run.chunks, []);
  });
});

describe('acquireEndpoints: TLS', () => {
  it('trusts the authority that it was given, and no other', async () => {
    using certificates = new Certificates();
    const [cert, key] = [certificates.serverCert, certificates.serverKey].map((path) =>
      certificates.pem(path),
    );
    await using server = await HttpServer.start(sending('a 1\n'), { cert, key });
    const address = `https://127.0.0.1:${server.port}`;
    using stranger = asking(address);
    await stranger.next('answer');
    assert.match(stranger.context.statuses[0].detail, /not trusted here/);
    assert.match(stranger.context.statuses[0].remedy ?? '', /tls\.ca_file/);
    using friend = asking(address, { tls: { caFile: certificates.serverCert } });
    assert.equal(Buffer.from((await friend.next('body')).bytes).toString(), 'a 1\n');
    using plaintext = asking(`http://127.0.0.1:${server.port}`);
    assert.equal(outcomeOf(await plaintext.next('answer')), 'failed');
  });

  it('shows its own certificate', async () => {
    using certificates = new Certificates();
    const [cert, key, ca] = [certificates.serverCert, certificates.serverKey, certificates.clientCert].map(
      (path) => certificates.pem(path),
    );
    await using server = await HttpServer.start(sending('a 1\n'), { cert, key, ca });
    const address = `https://127.0.0.1:${server.port}`;
    const caFile = certificates.serverCert;
    using nameless = asking(address, { tls: { caFile } });
    await nameless.next('answer');
    assert.match(nameless.context.statuses[0].remedy ?? '', /tls\.cert_file/);
    using known = asking(address, {
      tls: { caFile, certFile: certificates.clientCert, keyFile: certificates.clientKey },
    });
    await known.next('body');
  });

  it('fails at once with a file that is none', async () => {
    using run = asking('https://127.0.0.1:1', { tls: { caFile: '/nowhere/ca.pem' } });
    assert.match(String(run.result.failure), /cannot read \/nowhere\/ca\.pem/);
    assert.equal(run.context.statuses[0].state, 'failed');
  });
});
