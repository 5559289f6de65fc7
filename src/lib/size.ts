const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** What a person writes for a size in bytes, as a regular expression for schemas and editors. */
export const SIZE_PATTERN = '^[0-9]+(\\.[0-9]+)?(B|kB|MB|GB|KiB|MiB|GiB)$';

/** `64MiB` → 67108864. `undefined` when the text is not a size. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(text);
  return match ? Math.round(Number(match[1]) * BYTES_PER_UNIT[match[2]]) : undefined;
}
