import type { Chunk, ComponentContext, Decode } from '../../../component.ts';
import { frameDecoder, holdsRecords } from '../../../loader/decode-frames.ts';
import type { Frame } from '../../../loader/frame.ts';
import { FRAME_TYPE } from '../../../loader/frame-header.ts';
import type { CaptureReader } from './capture-reader.ts';
import { CAPTURE_END } from './chunk-names.ts';

/** struct capture_stats_record of loader/capture_records.h. */
const STATS_BYTES = 32;
const STATS = { droppedByKernel: 16, droppedByInterface: 24 } as const;

const NOTHING: readonly [] = [];

/** How the chunks of a source reach the reader of captures: files as they are, a live capture out of its frames. */
export function chunkReader(
  interfaceName: string | undefined,
  reader: CaptureReader,
  context: ComponentContext,
): (chunk: Chunk) => void {
  if (interfaceName === undefined) return (chunk) => reader.push(chunk);
  const frames = frameReader(interfaceName, reader, context);
  return (chunk) => {
    if (chunk.name === CAPTURE_END) reader.push(chunk);
    else frames(chunk);
  };
}

/** The loader's frames hold a pcap file, a new one in each of its lives, and its account of what was lost. */
function frameReader(interfaceName: string, reader: CaptureReader, context: ComponentContext): Decode {
  const decode = (frame: Frame): readonly [] | undefined => {
    if (frame.type === FRAME_TYPE.capture) {
      if (frame.payload.length > 0) reader.push({ name: interfaceName, bytes: frame.payload });
      return NOTHING;
    }
    if (frame.type !== FRAME_TYPE.captureStats) return undefined;
    if (holdsRecords(context, frame, STATS_BYTES)) reader.counts.captureDropped += droppedIn(frame.payload);
    return NOTHING;
  };
  const started = () => reader.push({ name: interfaceName, bytes: new Uint8Array(0) });
  return frameDecoder(context, { started, attached: () => {}, decode });
}

function droppedIn(records: Uint8Array): number {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  let dropped = 0;
  for (let at = 0; at < records.length; at += STATS_BYTES) {
    for (const field of [STATS.droppedByKernel, STATS.droppedByInterface]) {
      dropped += Number(view.getBigUint64(at + field, true));
    }
  }
  return dropped;
}
