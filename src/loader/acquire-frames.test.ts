import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filter, firstValueFrom, lastValueFrom, take, tap, toArray, VirtualTimeScheduler } from 'rxjs';
import type { Chunk } from '../component.ts';
import { acquireFrames } from './acquire-frames.ts';
import { FRAME_TYPE } from './frame-header.ts';
import { STOP_LIMIT_MILLIS } from './loader-process.ts';
import { frameBytes, jsonFrame } from './testdata/frames.ts';
import { fakeLoader, isAlive, recordingContext } from './testdata/harness.ts';

const PROGRAM = { options: { program: 'stack_latency', interval_ms: 5000 }, atRisk: 'at most 5s of samples' };
const HELLO = jsonFrame(FRAME_TYPE.hello, { probes: [] });
const RECORDS = frameBytes(FRAME_TYPE.stackLatency, 3, new Uint8Array(30).fill(7));

function bytesOf(chunks: readonly Chunk[]): Uint8Array {
  return Buffer.concat(chunks.map((chunk) => chunk.bytes));
}

function errorLine(code: string, message: string): string {
  return JSON.stringify({ level: 'error', code, message });
}

test('hands over the options, then the frames, and the last ones after a stop', async (t) => {
  const loader = fakeLoader(t, [{ frames: HELLO, lastFrames: RECORDS }]);
  const { context, reports, stop$ } = recordingContext();
  const chunks$ = acquireFrames(PROGRAM, context).pipe(
    tap((chunk) => {
      if (chunk.bytes.length > 0) stop$.next();
    }),
    toArray(),
  );
  const chunks = await firstValueFrom(chunks$);
  assert.equal(loader.options(0), '{"program":"stack_latency","interval_ms":5000}\n');
  assert.deepEqual([chunks[0].name, chunks[0].bytes.length], ['loader-start', 0]);
  assert.deepEqual(new Set(chunks.slice(1).map((chunk) => chunk.name)), new Set(['frames']));
  assert.deepEqual(bytesOf(chunks), Buffer.concat([HELLO, RECORDS]));
  assert.deepEqual(reports, []);
  assert.equal(isAlive(loader.pid(0)), false);
});

test('a loader that dies is started again, with more patience each time, and both are reported', async (t) => {
  fakeLoader(t, [
    {
      frames: HELLO,
      signal: 'SIGKILL',
      stderr: ['{"level":"warn","code":"other","message":"no udp-start"}'],
    },
    { code: 1, stderr: [errorLine('other', 'out of memory')] },
    { frames: HELLO },
  ]);
  const scheduler = new VirtualTimeScheduler();
  const { context, reports, reports$ } = recordingContext(scheduler);
  const waits: number[] = [];
  const waiting = reports$.subscribe(() => {
    // The timer is set when this report returns. Time moves only here.
    setImmediate(() => {
      const before = scheduler.now();
      scheduler.flush();
      waits.push(scheduler.now() - before);
    });
  });
  const chunks$ = acquireFrames(PROGRAM, context).pipe(filter((chunk) => chunk.bytes.length > 0));
  await firstValueFrom(chunks$.pipe(take(2), toArray()));
  waiting.unsubscribe();

  assert.deepEqual(waits, [500, 1000]);
  assert.deepEqual(
    reports.map(({ state, detail }) => `${state}: ${detail}`),
    [
      'restarting: the loader was killed by SIGKILL; lost: at most 5s of samples; it starts again in 500ms',
      'restarting: the loader ended with exit code 1 (out of memory); it starts again in 1s',
    ],
  );
});

test('patience starts anew after a minute of health, and ends at 30 s', async (t) => {
  fakeLoader(t, [{ frames: HELLO, code: 3 }]);
  const scheduler = new VirtualTimeScheduler();
  const { context, reports$ } = recordingContext(scheduler);
  const waits: string[] = [];
  let lives = 0;
  const waiting = reports$.subscribe(({ detail }) => {
    waits.push(detail.slice(detail.lastIndexOf(' ') + 1));
    setImmediate(() => scheduler.flush());
  });
  const chunks$ = acquireFrames(PROGRAM, context).pipe(
    filter((chunk) => chunk.bytes.length > 0),
    tap(() => {
      lives += 1;
      // The ninth loader lives for a minute before it dies; the clock is moved while it does.
      if (lives === 9) scheduler.frame += 60_000;
    }),
  );
  await firstValueFrom(chunks$.pipe(take(10), toArray()));
  waiting.unsubscribe();
  assert.deepEqual(waits, ['500ms', '1s', '2s', '4s', '8s', '16s', '30s', '30s', '500ms']);
});

test('a stop while it waits to start again completes', async (t) => {
  fakeLoader(t, [{ frames: HELLO, code: 3 }]);
  const { context, reports$, stop$ } = recordingContext();
  reports$
    .pipe(filter(({ state }) => state === 'restarting'))
    .subscribe(() => setImmediate(() => stop$.next()));
  const chunks = await lastValueFrom(acquireFrames(PROGRAM, context).pipe(toArray()));
  assert.deepEqual(bytesOf(chunks), Buffer.from(HELLO));
});

test('what starting again cannot mend ends the source, in plain words and with what to do', async (t) => {
  const cases = [
    {
      code: 69,
      said: 'missing_capability',
      detail: /rights that this user does not have/,
      remedy: /sudo npx lagpipe grant/,
    },
    { code: 69, said: 'not_permitted', detail: /forbids bpf/, remedy: /container/ },
    { code: 69, said: 'lockdown', detail: /locked down/, remedy: /lockdown/ },
    { code: 69, said: 'no_btf', detail: /btf\/vmlinux/, remedy: /CONFIG_DEBUG_INFO_BTF/ },
    { code: 69, said: 'no_such_hook', detail: /does not have the hook/, remedy: /uname -r/ },
    { code: 69, said: 'no_such_interface', detail: /nothing to capture on/, remedy: /ip link/ },
    { code: 69, said: 'bad_filter', detail: /tcpdump's language/, remedy: /pcap-filter/ },
    { code: 69, said: 'other', detail: /^the reason$/, remedy: /lagpipe-loader probe/ },
    { code: 69, level: 'warn', said: 'no_btf', detail: /btf\/vmlinux/, remedy: /CONFIG_DEBUG_INFO_BTF/ },
    { code: 64, said: 'bad_options', detail: /refuses its options: the reason/, remedy: /npm run setup/ },
  ];
  for (const { code, level = 'error', said, detail, remedy } of cases) {
    await t.test(`${said} as ${level}`, async (t) => {
      const loader = fakeLoader(t, [
        { code, stderr: [JSON.stringify({ level, code: said, message: 'the reason' })] },
      ]);
      const { context, reports } = recordingContext();
      await assert.rejects(lastValueFrom(acquireFrames(PROGRAM, context)), /the reason.*; /);
      assert.equal(reports.length, 1);
      assert.deepEqual([reports[0].part, reports[0].state], ['', 'failed']);
      assert.match(reports[0].detail, detail);
      assert.match(reports[0].remedy ?? '', remedy);
      assert.equal(loader.pid(1), 0, 'it is not started a second time');
    });
  }
});

test('an interface that was there and is gone is waited for', async (t) => {
  const gone = errorLine('no_such_interface', 'veth7');
  fakeLoader(t, [{ frames: HELLO, code: 1 }, { code: 69, stderr: [gone] }, { frames: HELLO }]);
  const scheduler = new VirtualTimeScheduler();
  const { context, reports, reports$, stop$ } = recordingContext(scheduler);
  reports$.subscribe(() => setImmediate(() => scheduler.flush()));
  const lives$ = acquireFrames(PROGRAM, context).pipe(
    filter(({ bytes }) => bytes.length > 0),
    tap({ next: () => reports.length === 2 && stop$.next() }),
    toArray(),
  );
  assert.equal((await lastValueFrom(lives$)).length, 2);
  assert.deepEqual(
    reports.map(({ state }) => state),
    ['restarting', 'restarting'],
  );
  assert.match(reports[1].detail, /exit code 69 \(veth7\); it starts again in 1s/);
});

test('a loader that is not there says how to get it', async (t) => {
  const { path } = fakeLoader(t, []);
  process.env.LAGPIPE_LOADER = `${path}-missing`;
  const { context, reports } = recordingContext();
  await assert.rejects(lastValueFrom(acquireFrames(PROGRAM, context)), /is not built/);
  assert.equal(reports[0].state, 'failed');
  assert.match(reports[0].remedy ?? '', /npm run setup.*apt-get install.*dnf install.*apk add/);
});

test('output that is no frame costs the loader its life, and the source goes on', async (t) => {
  const loader = fakeLoader(t, [{ frames: Buffer.from('this is not a frame at all') }, { frames: HELLO }]);
  const scheduler = new VirtualTimeScheduler();
  const { context, reports, reports$ } = recordingContext(scheduler);
  reports$
    .pipe(filter(({ state }) => state === 'restarting'))
    .subscribe(() => setImmediate(() => scheduler.flush()));
  const chunks$ = acquireFrames(PROGRAM, context).pipe(filter((chunk) => chunk.bytes.length > 0));
  await firstValueFrom(chunks$.pipe(take(2), toArray()));
  assert.match(reports[0].detail, /output could not be read .*0x73696874/);
  assert.equal(isAlive(loader.pid(0)), false);
});

test('a loader of another version ends the source', async (t) => {
  const newer = frameBytes(FRAME_TYPE.hello, 1, new Uint8Array(4));
  newer[4] = 2;
  fakeLoader(t, [{ frames: newer }]);
  const { context, reports } = recordingContext();
  await assert.rejects(lastValueFrom(acquireFrames(PROGRAM, context)), /version 2 where 1 is known/);
  assert.match(reports.at(-1)?.remedy ?? '', /npm run setup/);
});

test('a loader that does not stop is killed when its time is up', async (t) => {
  const loader = fakeLoader(t, [{ frames: HELLO, ignoresStop: true }]);
  const scheduler = new VirtualTimeScheduler();
  const { context, lines, stop$ } = recordingContext(scheduler);
  const chunks$ = acquireFrames(PROGRAM, context).pipe(
    tap((chunk) => {
      if (chunk.bytes.length === 0) return;
      stop$.next();
      assert.equal(isAlive(loader.pid(0)), true);
      setImmediate(() => scheduler.flush());
    }),
  );
  await lastValueFrom(chunks$);
  assert.equal(scheduler.now(), STOP_LIMIT_MILLIS);
  assert.equal(isAlive(loader.pid(0)), false);
  assert.match(lines[0], /warn the loader did not stop within 3000 ms/);
});

test('unsubscribing leaves no loader behind', async (t) => {
  const loader = fakeLoader(t, [{ frames: HELLO, ignoresStop: true }]);
  const { context } = recordingContext();
  await firstValueFrom(acquireFrames(PROGRAM, context).pipe(filter((chunk) => chunk.bytes.length > 0)));
  while (isAlive(loader.pid(0))) await new Promise((resolve) => setImmediate(resolve));
});

test('a pause holds the frames back and loses none', async (t) => {
  const many = Buffer.concat(
    Array.from({ length: 100 }, () => frameBytes(FRAME_TYPE.tcpConnect, 630, new Uint8Array(65_520))),
  );
  fakeLoader(t, [{ frames: Buffer.concat([HELLO, many]), stderr: ['{"level":"info","message":"begins"}'] }]);
  const { context, paused$, stop$ } = recordingContext();
  let received = 0;
  let receivedWhilePaused = 0;
  let pauses = 0;
  const chunks$ = acquireFrames(PROGRAM, context).pipe(
    tap(({ bytes }) => {
      received += bytes.length;
      if (paused$.value) receivedWhilePaused += bytes.length;
      if (pauses === 0 && received > many.length / 2) {
        pauses += 1;
        paused$.next(true);
        setTimeout(() => paused$.next(false), 20);
      }
      if (received === HELLO.length + many.length) stop$.next();
    }),
  );
  await lastValueFrom(chunks$);
  assert.equal(received, HELLO.length + many.length);
  assert.deepEqual([pauses, receivedWhilePaused], [1, 0]);
});

test('an error that is no reason to end is in the log at once', async (t) => {
  fakeLoader(t, [{ stderr: [errorLine('clock', 'cannot read the clock')], frames: HELLO }]);
  const { context, lines, reports, stop$ } = recordingContext();
  await lastValueFrom(
    acquireFrames(PROGRAM, context).pipe(tap(({ bytes }) => bytes.length > 0 && stop$.next())),
  );
  assert.deepEqual(lines, ['error loader: cannot read the clock']);
  assert.deepEqual(reports, []);
});

test("passes the loader's log on, and what is no log line as a warning", async (t) => {
  const stderr = [
    '{"level":"info","message":"attached"}',
    '{"level":"warn","message":"slow"}',
    'libelf: odd',
  ];
  fakeLoader(t, [{ frames: HELLO, stderr }]);
  const { context, lines, stop$ } = recordingContext();
  await lastValueFrom(
    acquireFrames(PROGRAM, context).pipe(tap(({ bytes }) => bytes.length > 0 && stop$.next())),
  );
  assert.deepEqual(lines, ['info loader: attached', 'warn loader: slow', 'warn loader: libelf: odd']);
});
