const OPTION_HEADER_BYTES = 4;
const END_OF_OPTIONS = 0;

export type OnOption = (code: number, at: number, length: number) => void;

/** The options of a block between two positions (draft-ietf-opsawg-pcapng, 3.5). What does not fit ends them. */
export function eachOption(
  view: DataView,
  from: number,
  to: number,
  littleEndian: boolean,
  onOption: OnOption,
): void {
  let at = from;
  while (to - at >= OPTION_HEADER_BYTES) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    at += OPTION_HEADER_BYTES;
    if (code === END_OF_OPTIONS || to - at < length) return;
    onOption(code, at, length);
    at += (length + 3) & ~3;
  }
}
