import type { Processor } from '../component.ts';
import { aggregate } from './aggregate/index.ts';
import { diagnose } from './diagnose/index.ts';
import { percentile } from './percentile.ts';

/** Every processor, in the order in which the reference lists them. */
export const processors: readonly Processor[] = [aggregate, percentile, diagnose];
