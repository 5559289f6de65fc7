import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import type { Batch } from '../../model/batch.ts';
import { KernelAccount } from './kernel-account.ts';
import { CONNECT_ACCOUNT } from './tcp-connect-account.ts';
import { ConnectColumns } from './tcp-connect-columns.ts';
import { CONNECT_RECORD_BYTES } from './tcp-connect-record.ts';

/** Frames of the program `tcp_connect`: one event batch for each frame of records, one metric batch for its counters. */
export function decodeTcpConnect(context: ComponentContext): Decode {
  const columns = new ConnectColumns(context);
  const account = new KernelAccount(context, CONNECT_ACCOUNT);

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    if (frame.type === FRAME_TYPE.tcpConnect) {
      if (!holdsRecords(context, frame, CONNECT_RECORD_BYTES)) return [];
      const batch = columns.decode(frame.payload, frame.count);
      return batch.length === 0 ? [] : [batch];
    }
    if (frame.type === FRAME_TYPE.tcpConnectStats) {
      return holdsRecords(context, frame, CONNECT_ACCOUNT.bytes) ? account.decode(frame.payload) : [];
    }
    return undefined;
  };
  return frameDecoder(context, { started: (time) => account.started(time), attached: () => {}, decode });
}
