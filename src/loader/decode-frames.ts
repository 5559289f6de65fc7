import type { Chunk, ComponentContext, Decode } from '../component.ts';
import type { Batch } from '../model/batch.ts';
import type { UnixTime } from '../model/time.ts';
import { type Frame, FrameSplitter } from './frame.ts';
import { FRAME_TYPE, type FrameFault } from './frame-header.ts';
import { livePartsOf, parseHello, statusesOf } from './hello.ts';
import { RunStats } from './run-stats.ts';

/** The names of the chunks that `acquireFrames` emits. */
export const CHUNK = { start: 'loader-start', frames: 'frames' } as const;

/** What one BPF program's records mean. */
export interface RecordDecoder {
  /** A loader begins, the first or a later one: nothing of the one before it goes on. */
  started(time: UnixTime): void;
  /** The parts that are attached. */
  attached(liveParts: ReadonlySet<string>): void;
  /** `undefined` when the frame's type is not one of this program's. */
  decode(frame: Frame): readonly Batch[] | undefined;
}

/** The half that both sources share: frames from chunks, HELLO and RUN_STATS, and the count of what is lost. */
export function frameDecoder(context: ComponentContext, records: RecordDecoder): Decode {
  const splitter = new FrameSplitter();
  const runStats = new RunStats(context);
  let starts = 0;

  const decodeFrame = (frame: Frame, time: UnixTime): readonly Batch[] => {
    if (frame.type === FRAME_TYPE.hello) return hello(frame);
    if (frame.type === FRAME_TYPE.runStats) return runStats.decode(frame.payload, time);
    const batches = records.decode(frame);
    if (batches === undefined) context.counters.dropped('unknown_frame_type', Math.max(1, frame.count));
    return batches ?? [];
  };

  const hello = (frame: Frame): readonly Batch[] => {
    const parsed = parseHello(frame.payload);
    if (parsed === undefined) {
      context.counters.dropped('bad_record', 1);
      return [];
    }
    records.attached(livePartsOf(parsed));
    for (const status of statusesOf(parsed, starts - 1)) context.report(status);
    return [];
  };

  const start = (time: UnixTime): void => {
    starts += 1;
    const lost = splitter.reset();
    if (lost > 0) context.counters.dropped('loader_died', lost);
    runStats.started(time);
    records.started(time);
  };

  return (chunk: Chunk) => {
    if (chunk.name === CHUNK.start) {
      start(chunk.time);
      return [];
    }
    const batches: Batch[] = [];
    const fault = splitter.push(chunk.bytes, (frame) => batches.push(...decodeFrame(frame, chunk.time)));
    if (fault !== undefined) countFault(context, fault);
    return batches;
  };
}

/** How many records the rest of a broken stream held cannot be known: it counts as one. */
function countFault(context: ComponentContext, fault: FrameFault): void {
  context.counters.dropped(fault.kind, 1);
  context.log.error(`the loader's output cannot be read (${fault.kind}): ${fault.detail}`);
}

/** Whether the payload is exactly `frame.count` records; a frame that is not is counted as lost. */
export function holdsRecords(context: ComponentContext, frame: Frame, recordBytes: number): boolean {
  if (frame.payload.length === frame.count * recordBytes) return true;
  context.counters.dropped('bad_record', Math.max(1, Math.floor(frame.payload.length / recordBytes)));
  return false;
}
