/** What `metrics` of the config keeps, drops and renames. */
export interface FilterOptions {
  readonly keep: readonly string[];
  readonly drop: readonly string[];
  readonly rename: Readonly<Record<string, string>>;
}

/** By a metric's name: what it is sent as, or `undefined` when it is not. */
export function metricFilter({ keep, drop, rename }: FilterOptions): (name: string) => string | undefined {
  const [isKept, isDropped] = [anyOf(keep), anyOf(drop)];
  const names = new Map(Object.entries(rename));
  return (name) => {
    if ((keep.length > 0 && !isKept(name)) || isDropped(name)) return undefined;
    return names.get(name) ?? name;
  };
}

/** Patterns in which `*` stands for any characters. */
function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const sources = patterns.map((pattern) =>
    pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  const pattern = new RegExp(`^(?:${sources.join('|')})$`, 's');
  return (name) => patterns.length > 0 && pattern.test(name);
}
