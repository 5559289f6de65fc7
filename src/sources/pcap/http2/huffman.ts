/**
 * Code lengths in bits of the symbols 0 to 255 and of EOS, from RFC 7541 Appendix B. The code is canonical (codes of
 * one length ascend with the symbol, and every length begins where the one before it ended), so the lengths say all.
 */
// biome-ignore format: a table
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12,
  10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6,
  5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22,
  22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
  22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
  27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
  27, 27, 27, 27, 27, 26, 30,
];
const EOS = 256;
const SHORTEST_BITS = 5;
const INNER_NODES = 256;
const BROKEN = 0xffff;
const EMITS = 0x100;

/**
 * The code as a machine that takes four bits at a time; the shortest code has five, so a step gives at most one
 * symbol. `STEPS[node × 16 + bits]` is the next node (8 bits), whether a symbol was completed (bit 8); the symbol
 * is in `SYMBOLS` at the same place. EOS within a text is an error (RFC 7541 §5.2).
 */
const STEPS = new Uint16Array(INNER_NODES * 16).fill(BROKEN);
const SYMBOLS = new Uint8Array(INNER_NODES * 16);
/** Nodes in which a text may end: at most seven bits, all ones, after the last symbol. */
const MAY_END = new Uint8Array(INNER_NODES);
buildSteps();

function buildSteps(): void {
  /** Two children per node; a leaf is the complement of its symbol. */
  const children = new Int32Array(INNER_NODES * 2);
  let nodes = 1;
  let code = 0;
  let bits = 0;
  const byLength = CODE_BITS.map((_, symbol) => symbol).sort((a, b) => CODE_BITS[a] - CODE_BITS[b] || a - b);
  for (const symbol of byLength) {
    code *= 2 ** (CODE_BITS[symbol] - bits);
    bits = CODE_BITS[symbol];
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit -= 1) {
      const slot = node * 2 + ((code >>> bit) & 1);
      if (children[slot] === 0) {
        children[slot] = nodes;
        nodes += 1;
      }
      node = children[slot];
    }
    children[node * 2 + (code & 1)] = ~symbol;
    code += 1;
  }
  for (let node = 0; node < INNER_NODES; node += 1)
    for (let nibble = 0; nibble < 16; nibble += 1) addStep(children, node, nibble);
  let node = 0;
  for (let ones = 0; ones < 8; ones += 1) {
    MAY_END[node] = 1;
    node = children[node * 2 + 1];
  }
}

function addStep(children: Int32Array, from: number, nibble: number): void {
  let node = from;
  let emits = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    const child = children[node * 2 + ((nibble >>> bit) & 1)];
    if (child >= 0) {
      node = child;
      continue;
    }
    if (~child === EOS) return;
    SYMBOLS[from * 16 + nibble] = ~child;
    emits = EMITS;
    node = 0;
  }
  STEPS[from * 16 + nibble] = node | emits;
}

/** How many bytes a text of `length` coded bytes has at most. */
export function huffmanTextBytes(length: number): number {
  return Math.floor((length * 8) / SHORTEST_BITS);
}

/** Decodes into `out`, which has room for `huffmanTextBytes`; gives the number of bytes, or -1 when it is no such code. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let node = 0;
  let written = 0;
  for (let at = start; at < end; at += 1) {
    let place = node * 16 + (bytes[at] >>> 4);
    let step = STEPS[place];
    if (step === BROKEN) return -1;
    if (step & EMITS) out[written++] = SYMBOLS[place];
    place = (step & 0xff) * 16 + (bytes[at] & 15);
    step = STEPS[place];
    if (step === BROKEN) return -1;
    if (step & EMITS) out[written++] = SYMBOLS[place];
    node = step & 0xff;
  }
  return MAY_END[node] === 1 ? written : -1;
}
