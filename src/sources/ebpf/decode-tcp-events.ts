import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import type { Batch } from '../../model/batch.ts';
import { KernelAccount } from './kernel-account.ts';
import { eventsAccount } from './tcp-events-account.ts';
import { tcpEventBatches } from './tcp-events-batches.ts';
import { tcpCounterBatches } from './tcp-events-counters.ts';
import { COUNTER_RECORD_BYTES, EVENT_RECORD_BYTES } from './tcp-events-record.ts';

/** Frames of the program `tcp_events`: event batches by name, and metric batches for counters and its own account. */
export function decodeTcpEvents(context: ComponentContext, wantsEvents: boolean): Decode {
  const layout = eventsAccount(wantsEvents);
  const account = new KernelAccount(context, layout);

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    const { payload, count } = frame;
    switch (frame.type) {
      case FRAME_TYPE.tcpEvent:
        return holdsRecords(context, frame, EVENT_RECORD_BYTES)
          ? tcpEventBatches(context, payload, count)
          : [];
      case FRAME_TYPE.tcpCounter:
        return holdsRecords(context, frame, COUNTER_RECORD_BYTES)
          ? tcpCounterBatches(context, payload, count)
          : [];
      case FRAME_TYPE.tcpEventsStats:
        return holdsRecords(context, frame, layout.bytes) ? account.decode(payload) : [];
      default:
        return undefined;
    }
  };
  return frameDecoder(context, { started: (time) => account.started(time), attached: () => {}, decode });
}
