import type { Chunk, ComponentContext } from '../../../component.ts';
import { frameDecoder, holdsRecords } from '../../../loader/decode-frames.ts';
import type { Frame } from '../../../loader/frame.ts';
import { FRAME_TYPE } from '../../../loader/frame-header.ts';
import type { CaptureReader } from './capture-reader.ts';
import { CAPTURE_END } from './chunk-names.ts';

/** struct capture_stats_record of loader/capture_records.h. */
const STATS_BYTES = 32;
const STATS = { droppedByKernel: 16, droppedByInterface: 24 } as const;

const NOTHING: readonly [] = [];

/**
 * Chunks of a live capture to the reader of captures: the loader's frames hold a pcap file, a new one in each of its
 * lives, and its account of what was lost.
 */
export function liveReader(
  interfaceName: string,
  reader: CaptureReader,
  context: ComponentContext,
): (chunk: Chunk) => void {
  const decode = (frame: Frame): readonly [] | undefined => {
    const { type, payload } = frame;
    if (type === FRAME_TYPE.capture) {
      if (payload.length > 0) reader.push({ name: interfaceName, bytes: payload });
      return NOTHING;
    }
    if (type !== FRAME_TYPE.captureStats) return undefined;
    if (!holdsRecords(context, frame, STATS_BYTES)) return NOTHING;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    for (let at = 0; at < payload.length; at += STATS_BYTES) {
      reader.counts.captureDropped +=
        Number(view.getBigUint64(at + STATS.droppedByKernel, true)) +
        Number(view.getBigUint64(at + STATS.droppedByInterface, true));
    }
    return NOTHING;
  };
  const started = () => reader.push({ name: interfaceName, bytes: new Uint8Array(0) });
  const frames = frameDecoder(context, { started, attached: () => {}, decode });
  return (chunk) => {
    if (chunk.name === CAPTURE_END) reader.push(chunk);
    else frames(chunk);
  };
}
