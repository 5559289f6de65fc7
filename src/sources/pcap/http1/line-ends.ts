export const LF = 10;
export const CR = 13;

/** Behind the first line end; `end` where there is none. */
export function lineEndIn(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  return at < end ? at + 1 : end;
}

/** Behind the first empty line that ends at or after `from`; -1: there is none. */
export function headEndIn(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] !== LF) continue;
    if (at + 1 < end && bytes[at + 1] === LF) return at + 2;
    if (at + 2 < end && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}
