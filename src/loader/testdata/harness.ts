import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { BehaviorSubject, ReplaySubject, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs';
import { setVariable } from '../../../test/set-variable.ts';
import type { SourceContext } from '../../component.ts';
import type { PartStatus } from '../../model/telemetry.ts';

/** What the fake loader does in one life; the last one given repeats. */
export interface Life {
  readonly frames?: Uint8Array;
  readonly lastFrames?: Uint8Array;
  readonly stderr?: readonly string[];
  /** Ends itself after the frames, with this code or by this signal; otherwise it stays until it is stopped. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  readonly ignoresStop?: boolean;
}

/** Points `LAGPIPE_LOADER` at a fake loader with these lives, for the time of one test. */
export function fakeLoader(t: TestContext, lives: readonly Life[]) {
  const folder = mkdtempSync(join(tmpdir(), 'fake-loader-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const base64 = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('base64');
  const encoded = lives.map((life) => {
    return { ...life, frames: base64(life.frames), lastFrames: base64(life.lastFrames) };
  });
  writeFileSync(join(folder, 'lives.json'), JSON.stringify(encoded));
  const path = join(folder, 'loader');
  const script = join(import.meta.dirname, 'fake-loader.mjs');
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${folder}'\n`);
  chmodSync(path, 0o755);
  t.after(setVariable('LAGPIPE_LOADER', path));
  const read = (name: string) => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  return {
    path,
    options: (life: number) => read(`options-${life}`),
    pid: (life: number) => Number(read(`pid-${life}`)),
  };
}

/** A context that writes down what it is told. */
export function recordingContext(scheduler: SchedulerLike = new VirtualTimeScheduler()) {
  const reports: PartStatus[] = [];
  const reports$ = new ReplaySubject<PartStatus>();
  const lines: string[] = [];
  const dropped: Record<string, number> = {};
  const stop$ = new Subject<void>();
  const paused$ = new BehaviorSubject(false);
  const say = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const context: SourceContext = {
    id: 'under_test',
    resource: { attributes: { 'host.name': 'here' } },
    scope: { name: 'lagpipe/under_test', version: '0.0.0' },
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    scheduler,
    counters: {
      dropped: (reason, records) => {
        dropped[reason] = (dropped[reason] ?? 0) + records;
      },
      created: () => {},
      absorbed: () => {},
    },
    report: (status) => {
      reports.push(status);
      reports$.next(status);
    },
    stop$,
    paused$,
    telemetry: () => ({
      counts: [],
      statuses: reports.map((r) => ({ ...r, kind: 'source', id: 'under_test' })),
    }),
  };
  return { context, reports, reports$, lines, dropped, stop$, paused$ };
}

/** Whether a process is there: not dead, and not a zombie either. */
export function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  try {
    return !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}
