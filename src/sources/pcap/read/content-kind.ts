/** What a file holds, by its first bytes. */
export type ContentKind =
  | { readonly kind: 'capture' }
  | { readonly kind: 'packed'; readonly packer: Packer }
  /** `what` completes "this is …". */
  | { readonly kind: 'other'; readonly what: string };

export type Packer = 'gzip' | 'zstd';

/** As many bytes as `contentKind` looks at, if the file has them. */
export const KIND_BYTES = 64;

const CAPTURE_MAGICS = ['d4c3b2a1', 'a1b2c3d4', '4d3cb2a1', 'a1b23c4d', '34cdb2a1', 'a1b2cd34', '0a0d0d0a'];

/** Other things that people take for captures, or by accident name as one. */
const OTHERS: readonly (readonly [magic: string, what: string])[] = [
  ['fd377a585a00', 'packed by xz: unpack it first, as with `xz -dc FILE | lagpipe pcap -`'],
  ['425a68', 'packed by bzip2: unpack it first, as with `bzip2 -dc FILE | lagpipe pcap -`'],
  ['04224d18', 'packed by lz4: unpack it first, as with `lz4 -dc FILE | lagpipe pcap -`'],
  ['504b0304', 'a zip archive: unpack it first'],
  ['736e6f6f70', 'a snoop capture: convert it first, as with `editcap -F pcap FILE OUT`'],
  ['4d444200', 'an HP-UX nettl capture: convert it first, as with `editcap -F pcap FILE OUT`'],
  ['52545353', 'a Network Monitor capture: convert it first, as with `editcap -F pcap FILE OUT`'],
  ['474d4255', 'a Network Monitor capture: convert it first, as with `editcap -F pcap FILE OUT`'],
  ['7f454c46', 'an ELF program'],
];

export function contentKind(head: Uint8Array): ContentKind {
  const hex = Buffer.from(head.subarray(0, 8)).toString('hex');
  if (CAPTURE_MAGICS.some((magic) => hex.startsWith(magic))) return { kind: 'capture' };
  if (hex.startsWith('1f8b')) return { kind: 'packed', packer: 'gzip' };
  if (hex.startsWith('28b52ffd')) return { kind: 'packed', packer: 'zstd' };
  if (head.length === 0) return { kind: 'other', what: 'empty' };
  const known = OTHERS.find(([magic]) => hex.startsWith(magic));
  return { kind: 'other', what: known?.[1] ?? unknown(head) };
}

/** Text is shown as text, since that tells a person at once which file it is. */
function unknown(head: Uint8Array): string {
  const shown = Buffer.from(head.subarray(0, 24)).toString('latin1');
  if (/^[\t\n\r\x20-\x7e]+$/.test(shown)) return `text, beginning with ${JSON.stringify(shown)}`;
  return `something else, beginning with the bytes ${Buffer.from(head.subarray(0, 8)).toString('hex')}`;
}
