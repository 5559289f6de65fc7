import { defineSource } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { acquireNic } from './acquire.ts';
import { acquireFiles, FILE_CHUNK } from './acquire-files.ts';
import { decodeDrivers } from './decode-drivers.ts';
import { decodeFiles } from './decode-files.ts';
import { NIC_DESCRIPTION } from './description.ts';
import { NIC_EMITS } from './metric-names.ts';

const FILE_INPUTS: ReadonlySet<string> = new Set(Object.values(FILE_CHUNK));

export const nic = defineSource({
  id: 'nic',
  summary:
    'Whether a card loses packets, by the statistics of its driver, and whether its interrupts are spread over the CPUs.',
  description: NIC_DESCRIPTION,
  emits: NIC_EMITS,
  schema: {
    type: 'object',
    description: 'How often to look at network interfaces, at which, and how much their drivers may tell.',
    properties: {
      interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two looks. The first is at once.',
        default: '10s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      interfaces: {
        type: 'array',
        description:
          'Names of interfaces. None: those with a device behind them, or all but loopback where there is none, as in a container.',
        items: { type: 'string', description: 'A name, such as `eth0`.', pattern: '^[^/\\s]{1,15}$' },
        default: [],
        maxItems: 32,
        uniqueItems: true,
      },
      statistics: {
        type: 'string',
        enum: ['trouble', 'all'],
        description:
          'Which of the statistics that drivers have: those whose name tells of drops, errors and full queues, or all.',
        default: 'trouble',
      },
      max_statistics: {
        type: 'integer',
        description: 'How many statistics of one driver at the most. That some are left out is said.',
        default: 256,
        minimum: 1,
        maximum: 8192,
      },
    },
  },
  example: { interval: '5s', statistics: 'all' },
  acquire: (config, context) =>
    acquireNic(
      acquireFiles({ sys: '/sys', proc: '/proc' }, config.interval, config.interfaces, context),
      {
        options: {
          program: 'nic',
          interval_ms: Math.round(config.interval),
          interfaces: config.interfaces,
          all_statistics: config.statistics === 'all',
          max_statistics: config.max_statistics,
        },
        atRisk: `what drivers told in the last ${formatSeconds(config.interval / 1000)}`,
      },
      context,
    ),
  decoder: (config, context) => {
    const ofFiles = decodeFiles(config.interfaces, context);
    const ofDrivers = decodeDrivers(context);
    return (chunk) => (FILE_INPUTS.has(chunk.name) ? ofFiles(chunk) : ofDrivers(chunk));
  },
});
