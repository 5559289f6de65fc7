import type { Rule } from '../rule.ts';
import { BACKEND_RULES } from './backends.ts';
import { CONNECTION_RULES } from './connections.ts';
import { HANDSHAKE_RULES } from './handshakes.ts';
import { INTERRUPT_RULES } from './interrupts.ts';
import { LIMIT_RULES } from './limits.ts';
import { LOSS_RULES } from './loss.ts';
import { REUSE_RULES } from './reuse.ts';
import { SOFTIRQ_RULES } from './softirq.ts';
import { STAGE_RULES } from './stages.ts';

/** The rule table, in the order in which a person would look. */
export const RULES: readonly Rule[] = [
  ...STAGE_RULES,
  ...BACKEND_RULES,
  ...LOSS_RULES,
  ...HANDSHAKE_RULES,
  ...REUSE_RULES,
  ...CONNECTION_RULES,
  ...LIMIT_RULES,
  ...INTERRUPT_RULES,
  ...SOFTIRQ_RULES,
];
