import type { Source } from '../component.ts';

/** Every source, in the order in which the reference lists them. */
export const sources: readonly Source[] = [];
