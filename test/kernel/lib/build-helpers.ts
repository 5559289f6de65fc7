/** Compiles the C helpers of the kernel tests ahead of them, for a machine that has no compiler. */
import { HELPERS, helperBinary } from './host.ts';

for (const source of HELPERS) helperBinary(source);
