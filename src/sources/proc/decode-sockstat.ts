import { type GaugeSpec, gauge, metricOf } from '../../model/emits.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Decoded } from './decoded.ts';
import { parseSockstat } from './parse-sockstat.ts';

interface Meaning {
  readonly unit: string;
  readonly description: string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  used: { unit: '{socket}', description: 'sockets of all kinds' },
  inuse: { unit: '{socket}', description: 'sockets in use' },
  orphan: { unit: '{socket}', description: 'sockets that no process holds any more' },
  tw: { unit: '{socket}', description: 'sockets in TIME_WAIT' },
  alloc: { unit: '{socket}', description: 'sockets allocated, in any state, on the whole host' },
  mem: { unit: '{page}', description: 'pages of memory in use, on the whole host' },
  memory: { unit: 'By', description: 'memory in use' },
};

const UNKNOWN: Meaning = { unit: '1', description: 'as the kernel counts it' };

/** `net/sockstat` and `net/sockstat6`: one gauge per figure, such as `lagpipe.sockstat.tcp.inuse`. */
export function decodeSockstat(bytes: Uint8Array, time: UnixTime): Decoded {
  const { figures, malformed } = parseSockstat(bytes);
  const metrics = figures.map(({ protocol, field, value }) => {
    const { unit, description } = meaningOf(protocol, field);
    const metric = sockstatMetric(protocol, field, {
      unit,
      description: `${protocol} ${field}: ${description}`,
    });
    return metricOf(metric, [{ attributes: {}, time, value }]);
  });
  return { metrics, malformed };
}

function sockstatMetric(protocol: string, field: string, { unit, description }: Meaning): GaugeSpec {
  return gauge({ name: `lagpipe.sockstat.${protocol.toLowerCase()}.${field}`, unit, description });
}

/** Which protocols there are is the kernel's affair. */
export const SOCKSTAT_METRICS = [
  ...Object.entries(MEANINGS).map(([field, meaning]) => sockstatMetric('<protocol>', field, meaning)),
  ...['FRAG', 'FRAG6'].map((protocol) => sockstatMetric(protocol, 'inuse', meaningOf(protocol, 'inuse'))),
  sockstatMetric('<protocol>', '<field>', UNKNOWN),
];

function meaningOf(protocol: string, field: string): Meaning {
  if (protocol.startsWith('FRAG') && field === 'inuse') {
    return { unit: '{datagram}', description: 'datagrams being put together from fragments' };
  }
  return Object.hasOwn(MEANINGS, field) ? MEANINGS[field] : UNKNOWN;
}
