/**
 * The packet that is being decoded, shared by the layers. Where it ends is known twice: in memory (`end`) and on the
 * wire (`wireEnd`), which is later when its record was cut off at the capture's snaplen.
 */
export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  /** Of exactly `bytes`, so that positions are the same. */
  view: DataView = new DataView(new ArrayBuffer(0));
  end = 0;
  wireEnd = 0;
  /** As `Segment.interfaceId`. */
  interfaceId = 0;
  /** Since `CaptureClock.baseSeconds`. */
  nanos = 0;
  /** Byte order of the host that captured, for the few link types that have its numbers in their headers. */
  littleEndian = true;
  /** How many tunnels and the like it is inside of. */
  depth = 0;

  within(bytes: Uint8Array, view: DataView): void {
    this.bytes = bytes;
    this.view = view;
  }
}
