import type { Metric } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/** How wide the kernel's `unsigned long` is: counters of that type wrap after four thousand million on 32 bits. */
export type KernelBits = 32 | 64;

/** What a family of files makes of one chunk. */
export interface Decoded {
  readonly metrics: readonly Metric[];
  /** Lines, and values in them, that the family could not read. */
  readonly malformed: number;
}

/** Keeps what it needs between chunks, such as start times. */
export type DecodeFile = (bytes: Uint8Array, time: UnixTime) => Decoded;
