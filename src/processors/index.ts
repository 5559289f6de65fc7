import type { Processor } from '../component.ts';
import { percentile } from './percentile.ts';

/** Every processor, in the order in which the reference lists them. */
export const processors: readonly Processor[] = [percentile];
