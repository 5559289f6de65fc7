import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BehaviorSubject, Subject, VirtualTimeScheduler } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import type { Chunk } from '../../component.ts';
import { type AcquireOptions, acquireProc } from './acquire.ts';
import { COLLECTORS } from './files.ts';
import { proc } from './index.ts';

/** Runs the source on the real /proc in virtual time. */
function running(given: { root?: string; netns?: string; untilMillis: number }) {
  const scheduler = new VirtualTimeScheduler(undefined, given.untilMillis);
  const stop$ = new Subject<void>();
  const paused$ = new BehaviorSubject(false);
  const context = testContext(proc, { scheduler, stop$, paused$ });
  const chunks: Chunk[] = [];
  const result = { context, chunks, completed: false, failure: undefined as unknown };
  const options: AcquireOptions = {
    intervalMillis: 1000,
    interruptsMillis: 2000,
    collectors: COLLECTORS,
    root: given.root ?? '/proc',
    netns: given.netns,
  };
  const subscription = acquireProc(options, context).subscribe({
    next: (chunk) => chunks.push(chunk),
    complete: () => {
      result.completed = true;
    },
    error: (error: unknown) => {
      result.failure = error;
    },
  });
  return {
    result,
    stop$,
    paused$,
    flush: (at: Readonly<Record<number, () => void>> = {}) => {
      for (const [millis, act] of Object.entries(at)) scheduler.schedule(act, Number(millis));
      scheduler.flush();
      subscription.unsubscribe();
    },
  };
}

function ticksOf(chunks: readonly Chunk[]): readonly string[] {
  return [...new Set(chunks.map(({ time }) => time.join(':')))];
}

describe('acquireProc', () => {
  it('reads all files at once and then every interval, with one time per tick', () => {
    const { result, flush } = running({ untilMillis: 2500 });
    flush();
    assert.deepEqual(ticksOf(result.chunks), ['0:0', '1:0', '2:0']);
    const names = result.chunks.filter(({ time }) => time[0] === 0).map(({ name }) => name);
    assert.ok(names.includes('net/netstat') && names.includes('net/snmp') && names.includes('net/dev'));
    assert.equal(new Set(names).size, names.length);
    assert.equal(result.context.statuses.at(-1)?.state, 'live');
  });

  it('skips ticks while it is paused and counts them', () => {
    const { result, paused$, flush } = running({ untilMillis: 4500 });
    flush({ 500: () => paused$.next(true), 2500: () => paused$.next(false) });
    assert.deepEqual(ticksOf(result.chunks), ['0:0', '3:0', '4:0']);
    assert.deepEqual(result.context.counter.snapshot().dropped, { paused: 2 });
  });

  it('reads a last time when the agent stops, and completes', () => {
    const { result, stop$, flush } = running({ untilMillis: 10_000 });
    flush({ 1300: () => stop$.next() });
    assert.deepEqual(ticksOf(result.chunks), ['0:0', '1:0', '1:300000000']);
    assert.equal(result.completed, true);
  });

  it('fails with the reason when no file can be read', () => {
    const { result, flush } = running({ untilMillis: 2500, root: '/nowhere' });
    flush();
    assert.match(String(result.failure), /not one of 18 files.*\/nowhere\/stat is not there/);
    const status = result.context.statuses.at(-1);
    assert.equal(status?.state, 'failed');
    assert.match(status?.remedy ?? '', /root/);
    assert.deepEqual(result.chunks, []);
  });

  it('waits for a namespace in which there is no process yet', () => {
    const root = mkdtempSync(join(tmpdir(), 'lagpipe-acquire-'));
    const { result, flush } = running({ root, netns: '7', untilMillis: 12_500 });
    flush({
      5500: () => {
        mkdirSync(join(root, '7/net'), { recursive: true });
        writeFileSync(join(root, '7/comm'), 'late');
        writeFileSync(join(root, '7/net/dev'), '');
      },
    });
    rmSync(root, { recursive: true });
    assert.equal(result.failure, undefined);
    assert.deepEqual(ticksOf(result.chunks), ['10:0', '11:0', '12:0']);
    const states = result.context.statuses.filter(({ part }) => part === 'net' || part === '');
    assert.deepEqual(
      states.map(({ part, state }) => [part, state]),
      [
        ['net', 'degraded'],
        ['net', 'live'],
        ['', 'live'],
      ],
    );
  });
});
