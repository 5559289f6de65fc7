import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import type { Batch } from '../../model/batch.ts';
import { ConnectColumns } from './tcp-connect-columns.ts';
import { CONNECT_RECORD_BYTES } from './tcp-connect-record.ts';
import { CONNECT_STATS_BYTES, ConnectStats } from './tcp-connect-stats.ts';

/** Frames of the program `tcp_connect`: one event batch for each frame of records, one metric batch for its counters. */
export function decodeTcpConnect(context: ComponentContext): Decode {
  const columns = new ConnectColumns(context);
  const stats = new ConnectStats(context);

  const decode = (frame: Frame): readonly Batch[] | undefined => {
    if (frame.type === FRAME_TYPE.tcpConnect) {
      if (!holdsRecords(context, frame, CONNECT_RECORD_BYTES)) return [];
      const batch = columns.decode(frame.payload, frame.count);
      return batch.length === 0 ? [] : [batch];
    }
    if (frame.type === FRAME_TYPE.tcpConnectStats) {
      return holdsRecords(context, frame, CONNECT_STATS_BYTES) ? stats.decode(frame.payload) : [];
    }
    return undefined;
  };
  return frameDecoder(context, { started: (time) => stats.started(time), attached: () => {}, decode });
}
