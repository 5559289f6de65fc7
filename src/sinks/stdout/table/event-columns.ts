import { formatSeconds } from '../../../lib/duration.ts';
import { printable } from '../../../lib/text-width.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import type { Event } from '../../../model/event.ts';
import { formatTimeOfDay } from '../clock-text.ts';
import { keyAndValue } from '../series.ts';

/** Column header → what stands below it. */
export type EventColumns = Readonly<Record<string, string>>;

/** What a narrow terminal can do without, first to last: one's own address is the least of news. */
export const LEAVES_FIRST: readonly string[] = ['SRC', 'RETX'];

/** The columns of tcpconnlat, and what it could not tell: the outcome and the SYN retransmits. */
const TCP_CONNECT_COLUMNS: EventColumns = {
  TIME: '{time}',
  PID: 'process.pid',
  COMM: 'thread.name',
  SRC: '{network.local.address}:{network.local.port}',
  DST: '{network.peer.address}:{network.peer.port}',
  LATENCY: 'lagpipe.tcp.connect.duration',
  OUTCOME: 'lagpipe.tcp.outcome',
  RETX: 'lagpipe.tcp.syn_retransmits',
};

const RETRANSMIT_COLUMNS: EventColumns = {
  TIME: '{time}',
  KIND: 'lagpipe.tcp.retransmit_kind',
  STATE: 'network.connection.state',
  SRC: '{network.local.address}:{network.local.port}',
  DST: '{network.peer.address}:{network.peer.port}',
  SIZE: 'lagpipe.packet.size',
};

const RESET_COLUMNS: EventColumns = {
  TIME: '{time}',
  RESET: 'network.io.direction',
  REASON: 'lagpipe.tcp.reset_reason',
  STATE: 'network.connection.state',
  PID: 'process.pid',
  COMM: 'thread.name',
  SRC: '{network.local.address}:{network.local.port}',
  DST: '{network.peer.address}:{network.peer.port}',
};

const DROP_COLUMNS: EventColumns = {
  TIME: '{time}',
  REASON: 'lagpipe.packet.drop_reason',
  PROTO: 'lagpipe.packet.protocol',
  SRC: '{source.address}:{source.port}',
  DST: '{destination.address}:{destination.port}',
  SIZE: 'lagpipe.packet.size',
};

/** The request comes last, because it has no width that would suit all. */
const EXCHANGE_COLUMNS: EventColumns = {
  TIME: '{time}',
  CLIENT: '{client.address}:{client.port}',
  SERVER: '{server.address}:{server.port}',
  CODE: 'http.response.status_code',
  CONNECT: 'lagpipe.tcp.handshake.duration',
  'FIRST BYTE': 'lagpipe.exchange.response.first_byte',
  RESPONSE: 'lagpipe.exchange.response.duration',
  SIZE: 'http.response.size',
  IDLE: 'lagpipe.exchange.idle_after',
  REUSE: 'lagpipe.exchange.position',
  CLOSED: 'lagpipe.exchange.close_originator',
  REQUEST: '{http.request.method} {url.original}',
};

const ANY_COLUMNS: EventColumns = { TIME: '{time}', ATTRIBUTES: '{*}' };

const DEFAULT_COLUMNS: ReadonlyMap<string, EventColumns> = new Map([
  ['tcp.connect', TCP_CONNECT_COLUMNS],
  ['tcp.retransmit', RETRANSMIT_COLUMNS],
  ['tcp.reset', RESET_COLUMNS],
  ['packet.drop', DROP_COLUMNS],
  ['http.exchange', EXCHANGE_COLUMNS],
  ['tcp.exchange', EXCHANGE_COLUMNS],
]);

export function defaultColumns(eventName: string): EventColumns {
  return DEFAULT_COLUMNS.get(eventName) ?? ANY_COLUMNS;
}

/** By OpenTelemetry's convention durations are seconds. */
const IS_SECONDS =
  /\.(duration|rtt|first_byte|idle_before|idle_after|session_time|close_time|server_time|transfer)$/;

/**
 * One cell. `column` is an attribute's name, or a text with names in braces: `{network.peer.address}:{network.peer.port}`;
 * `{time}` is the time of day and `{*}` all attributes. What the event does not have is left out; a cell of which it has
 * nothing is empty.
 */
export function eventCell(column: string, event: Event): string {
  if (!column.includes('{')) return attributeText(column, event);
  let hasValue = false;
  const cell = column.replaceAll(/\{([^}]*)\}(:?)/g, (_, name: string, colon: string) => {
    const text = placeholderText(name, event);
    hasValue ||= text !== '';
    // An IPv6 address before a port needs brackets: RFC 3986 §3.2.2.
    return colon === ':' && text.includes(':') && name !== 'time' ? `[${text}]:` : text + colon;
  });
  return hasValue ? cell : '';
}

/** Numbers, with or without a unit, line up on the right and mean nothing when their end is cut off. */
export function isNumeric(cells: readonly string[]): boolean {
  return cells.some((cell) => cell !== '') && cells.every((cell) => /^([0-9.]+[a-zµ]{0,2})?$/.test(cell));
}

function placeholderText(name: string, event: Event): string {
  if (name === 'time') return formatTimeOfDay(event.time[0] * 1000 + Math.floor(event.time[1] / 1e6));
  if (name !== '*') return attributeText(name, event);
  return Object.entries(event.attributes)
    .map(([key, value]) => keyAndValue(key, value))
    .join(' ');
}

function attributeText(name: string, event: Event): string {
  const value: AttributeValue | undefined = event.attributes[name];
  if (value === undefined) return '';
  if (typeof value === 'number' && IS_SECONDS.test(name)) return formatSeconds(value);
  return printable(String(value));
}
