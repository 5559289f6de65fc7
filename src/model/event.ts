import type { Attributes, AttributeValue } from './attributes.ts';
import type { UnixTime } from './time.ts';

/**
 * One attribute of all events in a batch, stored side by side. Columns instead of objects because one object per
 * event costs ten times as much as everything else on the way from the kernel to a sink (docs/decisions/0002).
 */
export type Column = NumberColumn | TextColumn;

/** `NaN` says that the event does not have the attribute. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}

/**
 * `codes[i]` indexes `dictionary`; code 0 says that the event does not have the attribute, so `dictionary[0]`
 * is a placeholder. Worked example: dictionary `['', 'refused', 'reset']` and codes `[0, 1, 1]` are three
 * events, the first without the attribute and two with `refused`.
 */
export interface TextColumn {
  readonly kind: 'text';
  readonly codes: Uint32Array;
  readonly dictionary: readonly string[];
}

/** One event as a person thinks of it; made on demand, never on the hot path. */
export interface Event {
  readonly time: UnixTime;
  readonly name: string;
  readonly attributes: Attributes;
}

/** The value of one attribute of the `index`-th event, or `undefined` when the event does not have it. */
export function columnValue(column: Column, index: number): AttributeValue | undefined {
  if (column.kind === 'number') {
    const value = column.values[index];
    return Number.isNaN(value) ? undefined : value;
  }
  const code = column.codes[index];
  return code === 0 ? undefined : column.dictionary[code];
}
