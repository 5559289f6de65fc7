import { defineSource } from '../../component.ts';
import { acquireSelf } from './acquire.ts';
import { SELF_EMITS, selfDecoder } from './decode.ts';

export const self = defineSource({
  id: 'self',
  summary:
    'What the agent knows about itself: records in, out and dropped by component, state of its parts, CPU and memory.',
  description: `

The records of every component add up: a processor's in + created = out + absorbed + dropped, a sink's in = delivered +
rejected + dropped + queued. A part that is degraded works with something missing, and counts as up.

CPU and memory are those of the Node process; the eBPF loader is a process of its own. A tick skipped because a
blocking sink is full is counted once, as \`paused\`.
`.trim(),
  emits: SELF_EMITS,
  schema: {
    type: 'object',
    description: 'How often.',
    properties: {
      interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two readings. The first is at once, the last when the agent stops.',
        default: '10s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
    },
  },
  example: { interval: '30s' },
  acquire: ({ interval }, context) => acquireSelf(interval, context),
  decoder: (_config, context) => selfDecoder(context),
});
