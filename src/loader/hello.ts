import { isRecord, parseJsonBytes, textOf } from '../lib/json-shape.ts';
import { PART } from '../model/part-attributes.ts';
import type { PartStatus } from '../model/telemetry.ts';
import { explainDenial } from './denial.ts';

/** One hook of one part, as the loader tried to attach it. A part can have several, such as IPv4 and IPv6. */
interface Probe {
  readonly part: string;
  readonly live: boolean;
  readonly attach: string;
  readonly covers: string;
  /** Attach types that were tried before, with the code of why not: `tracing (lockdown), kprobe (no_such_hook)`. */
  readonly refused: string;
  readonly code: string;
  readonly detail: string;
}

export interface Hello {
  readonly probes: readonly Probe[];
}

/** The payload of a HELLO frame, or `undefined` when it is not one. */
export function parseHello(payload: Uint8Array): Hello | undefined {
  const value = parseJsonBytes(payload);
  if (!isRecord(value) || !Array.isArray(value.probes)) return undefined;
  return { probes: value.probes.filter(isRecord).map(probeOf) };
}

function probeOf(value: Readonly<Record<string, unknown>>): Probe {
  return {
    part: textOf(value.part),
    live: value.state === 'live',
    attach: textOf(value.attach),
    covers: textOf(value.covers),
    refused: refusedOf(value.refused),
    code: textOf(value.code),
    detail: textOf(value.detail),
  };
}

function refusedOf(value: unknown): string {
  if (!isRecord(value)) return '';
  return Object.entries(value)
    .map(([attach, code]) => `${attach} (${textOf(code)})`)
    .join(', ');
}

export function livePartsOf(hello: Hello): ReadonlySet<string> {
  return new Set(hello.probes.filter((probe) => probe.live).map((probe) => probe.part));
}

/**
 * One status for each part, live when all its hooks are, degraded when some are, failed when none is; before them
 * one for the whole, which says how often the loader had to be started anew. Where nothing is live for one reason,
 * there is none: the loader ends, and its end tells that reason once for all.
 */
export function statusesOf(hello: Hello, restarts: number): readonly PartStatus[] {
  const live = hello.probes.some((probe) => probe.live);
  if (!live && new Set(hello.probes.map((probe) => probe.code)).size <= 1) return [];
  const byPart = Map.groupBy(hello.probes, (probe) => probe.part);
  const parts = [...byPart].map(([part, probes]) => statusOf(part, probes));
  return live ? [wholeStatus(restarts), ...parts] : parts;
}

function wholeStatus(restarts: number): PartStatus {
  const again = `the loader runs again, started anew ${restarts === 1 ? 'once' : `${restarts} times`}`;
  const detail = restarts <= 0 ? 'the loader runs' : again;
  return { part: '', state: 'live', detail, attributes: { [PART.restarts.name]: Math.max(0, restarts) } };
}

function statusOf(part: string, probes: readonly Probe[]): PartStatus {
  const live = probes.filter((probe) => probe.live);
  const denied = probes.find((probe) => !probe.live);
  const attach = unique(live.map((probe) => probe.attach));
  const covers = unique(live.map((probe) => probe.covers));
  const refused = unique(probes.map((probe) => probe.refused));
  const tried = refused === '' ? {} : { [PART.refused.name]: refused };
  const attributes = { [PART.attach.name]: attach, [PART.covers.name]: covers, ...tried };
  if (denied === undefined) {
    return { part, state: 'live', detail: `by ${attach}`, attributes };
  }
  const { detail, remedy } = explainDenial(denied.code, denied.detail);
  if (live.length === 0) return { part, state: 'failed', detail, remedy, attributes: tried };
  const missing = denied.covers === '' ? '' : `without ${denied.covers}: `;
  return { part, state: 'degraded', detail: `${missing}${detail}`, remedy, attributes };
}

function unique(values: readonly string[]): string {
  return [...new Set(values)].filter((value) => value !== '').join(', ');
}
