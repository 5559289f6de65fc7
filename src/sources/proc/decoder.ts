import type { ComponentContext, Decode } from '../../component.ts';
import type { UnixTime } from '../../model/time.ts';
import { netdevDecoder } from './decode-netdev.ts';
import { netstatDecoder } from './decode-netstat.ts';
import { pressureDecoder } from './decode-pressure.ts';
import { decodeSockstat } from './decode-sockstat.ts';
import { softnetDecoder } from './decode-softnet.ts';
import type { Decoded } from './decoded.ts';

type DecodeFile = (text: string, time: UnixTime) => Decoded;

/** A chunk's text to one batch, by the chunk's name. What cannot be read is counted, never thrown. */
export function procDecoder(fields: 'default' | 'all', context: ComponentContext): Decode {
  const { resource, scope, counters } = context;
  const netstat = netstatDecoder(fields);
  const decoders: ReadonlyMap<string, DecodeFile> = new Map([
    ['net/netstat', netstat],
    ['net/snmp', netstat],
    ['net/sockstat', decodeSockstat],
    ['net/sockstat6', decodeSockstat],
    ['net/softnet_stat', softnetDecoder()],
    ['net/dev', netdevDecoder()],
    ['pressure/cpu', pressureDecoder('cpu')],
    ['pressure/memory', pressureDecoder('memory')],
    ['pressure/io', pressureDecoder('io')],
    ['pressure/irq', pressureDecoder('irq')],
  ]);
  return ({ name, time, bytes }) => {
    const decode = decoders.get(name);
    if (!decode) {
      counters.dropped('unknown_file', 1);
      return [];
    }
    const { metrics, malformed } = decode(textOf(bytes), time);
    if (malformed > 0) counters.dropped('malformed_line', malformed);
    return metrics.length > 0 ? [{ kind: 'metrics', resource, scope, metrics }] : [];
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
