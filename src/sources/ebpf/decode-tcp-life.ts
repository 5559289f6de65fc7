import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import type { Batch } from '../../model/batch.ts';
import { KernelAccount } from './kernel-account.ts';
import { LIFE_ACCOUNT } from './tcp-life-account.ts';
import { LifeColumns } from './tcp-life-columns.ts';
import { decodeLifeDurations, LIFE_DURATIONS_BYTES } from './tcp-life-durations.ts';
import { LIFE_RECORD_BYTES } from './tcp-life-record.ts';

/** Frames of the program `tcp_life`: one event batch for each frame of connections, metric batches for the others. */
export function decodeTcpLife(context: ComponentContext): Decode {
  const columns = new LifeColumns(context);
  const account = new KernelAccount(context, LIFE_ACCOUNT);

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    switch (frame.type) {
      case FRAME_TYPE.tcpLife: {
        if (!holdsRecords(context, frame, LIFE_RECORD_BYTES)) return [];
        const batch = columns.decode(frame.payload, frame.count);
        return batch.length === 0 ? [] : [batch];
      }
      case FRAME_TYPE.tcpLifeTimes:
        if (!holdsRecords(context, frame, LIFE_DURATIONS_BYTES)) return [];
        return decodeLifeDurations(frame.payload, context);
      case FRAME_TYPE.tcpLifeStats:
        return holdsRecords(context, frame, LIFE_ACCOUNT.bytes) ? account.decode(frame.payload) : [];
      default:
        return undefined;
    }
  };
  return frameDecoder(context, { started: (time) => account.started(time), attached: () => {}, decode });
}
