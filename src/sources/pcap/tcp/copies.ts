import { type Segment, TCP_FLAG } from '../segment.ts';
import { type ConnectionTable, SEEN_OF } from './connection-table.ts';
import { sequenceDistance } from './sequence.ts';

/**
 * Whether a segment was there before on another interface: a capture on all interfaces has a packet as often as it
 * passes by, on a bridge and its port or on a bond and its slave. A segment from elsewhere than the newest is a copy
 * unless it brings something new; then packets have changed their way, and those of the old one are copies from then on.
 */
export function isCopy(table: ConnectionTable, side: number, segment: Segment): boolean {
  const known = table.interfaceId[side];
  if (known === segment.interfaceId) return false;
  if (known !== 0 && segment.interfaceId !== 0 && !bringsNews(table, side, segment)) return true;
  table.interfaceId[side] = segment.interfaceId;
  return false;
}

function bringsNews(table: ConnectionTable, side: number, segment: Segment): boolean {
  const { flags, payloadLength } = segment;
  const sequence = segment.sequence | 0;
  if ((flags & TCP_FLAG.rst) !== 0 || (table.seenOf[side] & SEEN_OF.synchronized) === 0) return true;
  if ((flags & TCP_FLAG.syn) !== 0) return sequence !== table.initialSequence[side];
  if (payloadLength > 0 || (flags & TCP_FLAG.fin) !== 0) {
    const end = sequence + payloadLength + (flags & TCP_FLAG.fin);
    return sequenceDistance(end | 0, table.nextSequence[side]) > 0;
  }
  const other = side ^ 1;
  if ((table.seenOf[other] & SEEN_OF.acknowledged) === 0) return true;
  return sequenceDistance(segment.acknowledgment | 0, table.acknowledged[other]) > 0;
}
