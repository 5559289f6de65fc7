import { execFile } from 'node:child_process';
import { isRecord, parseJsonBytes, textOf } from '../lib/json-shape.ts';
import { messageOf } from '../lib/message-of.ts';
import type { HostWay } from '../model/telemetry.ts';
import { explainUnusable, loaderPath } from './loader-path.ts';

/** Loading and attaching every program for a moment takes a second, on a slow machine some more. */
const LIMIT_MILLIS = 60_000;

let report: Promise<unknown> | undefined;

/** What this host allows of a loader's program, by trying: every way of every part. Throws when it cannot be tried. */
export async function probeHost(program: string): Promise<readonly HostWay[]> {
  report ??= runProbe();
  return waysOf(await report, program);
}

/** The ways of one program in the JSON that `lagpipe-loader probe` prints. */
export function waysOf(value: unknown, program: string): readonly HostWay[] {
  const programs = isRecord(value) && isRecord(value.programs) ? value.programs : {};
  const rows = programs[program];
  return Array.isArray(rows) ? rows.filter(isRecord).map(wayOf) : [];
}

function wayOf(row: Readonly<Record<string, unknown>>): HostWay {
  return {
    part: textOf(row.part),
    tier: textOf(row.tier),
    attach: textOf(row.attach),
    works: row.works === true,
    covers: textOf(row.covers),
    code: textOf(row.code),
    detail: textOf(row.detail),
  };
}

function runProbe(): Promise<unknown> {
  const path = loaderPath();
  const unusable = explainUnusable(path);
  if (unusable !== undefined) return Promise.reject(new Error(`${unusable.detail}; ${unusable.remedy}`));
  return new Promise((resolve, reject) => {
    execFile(path, ['probe'], { encoding: 'buffer', timeout: LIMIT_MILLIS }, (error, stdout) => {
      const value = parseJsonBytes(stdout);
      if (value !== undefined) resolve(value);
      else reject(new Error(`${path} probe did not say what this host allows: ${messageOf(error)}`));
    });
  });
}
