import type { Sink } from '../component.ts';
import { file } from './file/index.ts';
import { otlp } from './otlp/index.ts';
import { stdout } from './stdout/index.ts';

/** Every sink, in the order in which the reference lists them. */
export const sinks: readonly Sink[] = [stdout, file, otlp];
