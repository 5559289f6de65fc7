import type { Sink } from '../component.ts';

/** Every sink, in the order in which the reference lists them. */
export const sinks: readonly Sink[] = [];
