import { isRecord, numberOf, parseJsonBytes, textOf } from '../../lib/json-shape.ts';
import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import type { ComponentCounts, ComponentKind, TelemetrySnapshot } from '../../model/telemetry.ts';
import type { UnixTime } from '../../model/time.ts';
import type { ProcessReading, SelfReading } from './reading.ts';

type Status = TelemetrySnapshot['statuses'][number];

/** A reading from its bytes; `undefined` when they are not one. What an older recording does not have is 0 or empty. */
export function parseReading(bytes: Uint8Array): SelfReading | undefined {
  const json = parseJsonBytes(bytes);
  if (!isRecord(json) || !Array.isArray(json.counts) || !Array.isArray(json.statuses)) return undefined;
  return {
    startTime: timeOf(json.startTime),
    counts: json.counts.flatMap(countsOf),
    statuses: json.statuses.flatMap(statusOf),
    process: processOf(json.process),
  };
}

function countsOf(value: unknown): readonly ComponentCounts[] {
  if (!isRecord(value)) return [];
  const kind = kindOf(value.kind);
  if (!kind) return [];
  return [
    {
      kind,
      id: textOf(value.id),
      pipeline: textOf(value.pipeline),
      in: numberOf(value.in),
      out: numberOf(value.out),
      created: numberOf(value.created),
      absorbed: numberOf(value.absorbed),
      delivered: numberOf(value.delivered),
      queued: numberOf(value.queued),
      rejected: byReason(value.rejected),
      dropped: byReason(value.dropped),
    },
  ];
}

function statusOf(value: unknown): readonly Status[] {
  if (!isRecord(value)) return [];
  const kind = kindOf(value.kind);
  const state = stateOf(value.state);
  if (!kind || !state) return [];
  const attributes = attributesOf(value.attributes);
  return [
    { kind, id: textOf(value.id), part: textOf(value.part), state, detail: textOf(value.detail), attributes },
  ];
}

function processOf(value: unknown): ProcessReading {
  const fields = isRecord(value) ? value : {};
  return {
    startTime: timeOf(fields.startTime),
    userSeconds: numberOf(fields.userSeconds),
    systemSeconds: numberOf(fields.systemSeconds),
    residentBytes: numberOf(fields.residentBytes),
    loopActiveSeconds: numberOf(fields.loopActiveSeconds),
    loopIdleSeconds: numberOf(fields.loopIdleSeconds),
  };
}

function kindOf(value: unknown): ComponentKind | undefined {
  return value === 'source' || value === 'processor' || value === 'sink' ? value : undefined;
}

function stateOf(value: unknown): Status['state'] | undefined {
  return value === 'live' || value === 'degraded' || value === 'restarting' || value === 'failed'
    ? value
    : undefined;
}

function timeOf(value: unknown): UnixTime {
  return Array.isArray(value) ? [numberOf(value[0]), numberOf(value[1])] : [0, 0];
}

function byReason(value: unknown): Readonly<Record<string, number>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([reason, count]) => [reason, numberOf(count)]));
}

function attributesOf(value: unknown): Attributes {
  if (!isRecord(value)) return {};
  const isAttribute = (entry: [string, unknown]): entry is [string, AttributeValue] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]);
  return Object.fromEntries(Object.entries(value).filter(isAttribute));
}
