/**
 * How far sequence number `a` is ahead of `b`, modulo 2^32 (RFC 9293 §3.4): negative when it lies behind. Right as
 * long as the two are less than 2 GiB apart.
 */
export function sequenceDistance(a: number, b: number): number {
  return (a - b) | 0;
}
