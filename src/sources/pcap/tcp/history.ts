import { type ConnectionTable, HISTORY_LETTERS, SEEN, SEEN_OF } from './connection-table.ts';

/**
 * Zeek's letters (conn.log, field `history`) for what the second side sent; upper case for the first:
 * SYN, SYN/ACK, pure ACK, data, FIN, RST; gap, retransmission, zero window, a SYN with FIN or RST.
 */
export const LETTERS = ['s', 'h', 'a', 'd', 'f', 'r', 'g', 't', 'w', 'q'] as const;
export type Letter = (typeof LETTERS)[number];

const CODES = LETTERS.map((letter) => letter.charCodeAt(0));
const TO_UPPER = 32;
const NUMBER_OF: Readonly<Record<Letter, number>> = Object.fromEntries(
  LETTERS.map((letter, at) => [letter, at]),
) as Record<Letter, number>;
/** As numbers, for the hot path. */
export const HISTORY = NUMBER_OF;

/** Writes a letter when it is new for its direction. */
export function note(table: ConnectionTable, side: number, letter: number): void {
  const slot = side >> 1;
  const isClient = table.isFromClient(side);
  const bit = 1 << (letter * 2 + (isClient ? 1 : 0));
  if ((table.historySeen[slot] & bit) !== 0) return;
  table.historySeen[slot] |= bit;
  append(table, slot, CODES[letter] - (isClient ? TO_UPPER : 0));
}

/** Zeek writes these again at the 10th, the 100th, … so that the text shows the order of magnitude. */
export function noteCount(table: ConnectionTable, side: number, letter: number, count: number): void {
  if (count === 1) note(table, side, letter);
  else if (count === 10 || count === 100 || count === 1000 || count === 10_000) {
    append(table, side >> 1, CODES[letter] - (table.isFromClient(side) ? TO_UPPER : 0));
  }
}

function append(table: ConnectionTable, slot: number, code: number): void {
  const length = table.historyLength[slot];
  if (length === HISTORY_LETTERS) return;
  table.history[slot * HISTORY_LETTERS + length] = code;
  table.historyLength[slot] = length + 1;
}

export function historyText(table: ConnectionTable, slot: number): string {
  const start = slot * HISTORY_LETTERS;
  return String.fromCharCode(...table.history.subarray(start, start + table.historyLength[slot]));
}

/** Zeek's `conn_state`, with the client as originator. */
export function connectionState(table: ConnectionTable, slot: number): string {
  const seen = table.seen[slot];
  const client = table.seenOf[slot * 2 + table.clientSide[slot]];
  const server = table.seenOf[slot * 2 + 1 - table.clientSide[slot]];
  if ((seen & SEEN.midStream) !== 0) return 'OTH';
  if ((seen & SEEN.syn) === 0) {
    if ((server & SEEN_OF.rst) !== 0) return 'RSTRH';
    return (server & SEEN_OF.fin) !== 0 ? 'SHR' : 'OTH';
  }
  const answered = (seen & SEEN.synAck) !== 0 || (server & (SEEN_OF.data | SEEN_OF.fin)) !== 0;
  if ((server & SEEN_OF.rst) !== 0) return answered ? 'RSTR' : 'REJ';
  if ((client & SEEN_OF.rst) !== 0) return answered ? 'RSTO' : 'RSTOS0';
  if (!answered) return (client & SEEN_OF.fin) !== 0 ? 'SH' : 'S0';
  const closedByClient = (client & SEEN_OF.fin) !== 0;
  const closedByServer = (server & SEEN_OF.fin) !== 0;
  if (closedByClient && closedByServer) return 'SF';
  if (closedByClient) return 'S2';
  return closedByServer ? 'S3' : 'S1';
}
