import type { Registry } from './config/model.ts';
import { processors } from './processors/index.ts';
import { sinks } from './sinks/index.ts';
import { sources } from './sources/index.ts';

/** All components that a pipeline file can name. */
export const registry: Registry = { sources, processors, sinks };
