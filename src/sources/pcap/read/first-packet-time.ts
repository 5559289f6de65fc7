import type { UnixTime } from '../../../model/time.ts';
import { CaptureClock } from './capture-clock.ts';
import { FileFormat } from './file-format.ts';
import { PacketDecoder } from './packet-decoder.ts';
import { ReadCounts } from './read-counts.ts';
import { RecordStream } from './record-stream.ts';

/** When the first packet of a capture was captured, from the file's beginning; `undefined` when it has none. */
export function firstPacketTime(head: Uint8Array): UnixTime | undefined {
  const clock = new CaptureClock();
  const counts = new ReadCounts();
  const decoder = new PacketDecoder({ tunnels: [], vxlan_ports: [] }, counts, () => {});
  new RecordStream(new FileFormat(clock, counts, decoder)).push(head);
  return clock.first;
}
