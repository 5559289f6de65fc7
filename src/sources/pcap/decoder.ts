import type { Chunk, Decode, DecodeContext } from '../../component.ts';
import type { Batch } from '../../model/batch.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import { accountOf } from './metrics.ts';
import { type ProtocolOptions, Protocols } from './protocol/protocols.ts';
import { CaptureReader } from './read/capture-reader.ts';
import { CAPTURE_END, CAPTURE_ENDING, CONNECTIONS_PER_ENDING } from './read/chunk-names.ts';
import { chunkReader } from './read/live-reader.ts';
import type { TunnelConfig } from './read/tunnel-layer.ts';
import type { TcpAnalyzer } from './tcp/analyzer.ts';

export interface DecoderOptions extends ProtocolOptions {
  /** What is captured live; `undefined` for files. */
  readonly interface: string | undefined;
  readonly tunnels: TunnelConfig;
  /** How often the account is sent, in milliseconds of the chunks' time. */
  readonly intervalMillis: number;
}

/** Chunks of captures to events, and to the account of what became of every packet. */
export function pcapDecoder(options: DecoderOptions, context: DecodeContext): Decode {
  const reader: CaptureReader = new CaptureReader(
    options.tunnels,
    (segment) => protocols.tcp.take(segment),
    (file, problem) => context.log.error(`${file}: ${problem}`),
  );
  const read = chunkReader(options.interface, reader, context);
  const protocols = new Protocols(options, context, reader.clock);
  const isLive = options.interface !== undefined;
  let startTime: UnixTime | undefined;
  let accountTime: UnixTime | undefined;

  return (chunk: Chunk): readonly Batch[] => {
    startTime ??= chunk.time;
    accountTime ??= chunk.time;
    const isEnd = chunk.name === CAPTURE_END;
    if (chunk.name === CAPTURE_ENDING) protocols.tcp.end(CONNECTIONS_PER_ENDING);
    else read(chunk);
    if (isLive) passTime(protocols.tcp, reader.clock.baseSeconds, chunk.time);
    if (isEnd) protocols.tcp.end();
    const batches: Batch[] = [...protocols.flush()];
    if (isEnd || secondsBetween(accountTime, chunk.time) * 1000 >= options.intervalMillis) {
      accountTime = chunk.time;
      batches.push(accountOf(context, reader.counts, protocols.tcp, startTime, chunk.time));
    }
    return batches;
  };
}

/** Live, time passes without packets too: what is idle has to end, and the kernel stamps packets by the same clock. */
function passTime(tcp: TcpAnalyzer, baseSeconds: number, [seconds, nanoseconds]: UnixTime): void {
  if (!Number.isNaN(baseSeconds)) tcp.tick((seconds - baseSeconds) * 1e9 + nanoseconds);
}
