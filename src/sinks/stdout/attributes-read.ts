import { lineFormatReads } from '../../model/line-format/config.ts';
import type { StdoutConfig } from './config.ts';

/** The attributes that the output shows; undefined when it may show all. */
export function attributesRead(config: StdoutConfig): readonly string[] | undefined {
  if (config.format === 'rows' && config.columns) return inColumns(Object.values(config.columns));
  return lineFormatReads(config);
}

/** A column is an attribute's name or has names in braces; `{time}` is none and `{*}` is all of them. */
function inColumns(columns: readonly string[]): readonly string[] | undefined {
  const names = columns.flatMap((column) =>
    column.includes('{') ? Array.from(column.matchAll(/\{([^}]*)\}/g), ([, name]) => name) : [column],
  );
  return names.includes('*') ? undefined : names.filter((name) => name !== 'time');
}
