/** A file format, as far as cutting its bytes into records goes. */
export interface RecordFormat {
  /**
   * Reads whole records from `at` on and returns where the first unfinished one begins, or the place of the fault
   * when `fault` is set. That may lie behind the end of `bytes`: what is up to there is not needed.
   */
  read(bytes: Uint8Array, view: DataView, at: number): number;
  /** How long the record at `at` is, or as much of it as must be there to know, which is more than is there. */
  lengthAt(view: DataView, at: number): number;
  /** Set when nothing behind it can be read. */
  readonly fault: string | undefined;
}
