import type { Metric } from '../../model/metric.ts';

/** What a family of files makes of one chunk. */
export interface Decoded {
  readonly metrics: readonly Metric[];
  /** Lines that the family could not read. */
  readonly malformed: number;
}
