import type { Chunk } from '../../../component.ts';
import type { OnSegment } from '../segment.ts';
import { CaptureClock } from './capture-clock.ts';
import { CAPTURE_END } from './chunk-names.ts';
import { FileFormat } from './file-format.ts';
import { PacketDecoder } from './packet-decoder.ts';
import { ReadCounts } from './read-counts.ts';
import { RecordStream } from './record-stream.ts';
import type { TunnelConfig } from './tunnel-layer.ts';

/** What cannot be read of a capture, in words for a person. */
export type OnProblem = (file: string, problem: string) => void;

interface OpenFile {
  readonly name: string;
  readonly format: FileFormat;
  readonly stream: RecordStream;
  isBroken: boolean;
}

/**
 * The pure half of reading captures: chunks of files to TCP segments. A chunk with another name than the one before
 * begins another file; a chunk without bytes ends the file that it names, and `CAPTURE_END` the capture. Connections know nothing of files, so a
 * capture that was rotated is one.
 */
export class CaptureReader {
  readonly clock = new CaptureClock();
  readonly counts = new ReadCounts();
  readonly #decoder: PacketDecoder;
  readonly #onProblem: OnProblem;
  #file: OpenFile | undefined;

  constructor(config: TunnelConfig, onSegment: OnSegment, onProblem: OnProblem) {
    this.#decoder = new PacketDecoder(config, this.counts, onSegment);
    this.#onProblem = onProblem;
  }

  push({ name, bytes }: Pick<Chunk, 'name' | 'bytes'>): void {
    if (this.#file?.name !== name) this.#endFile();
    if (name === CAPTURE_END) {
      this.#decoder.end();
      return;
    }
    this.#file ??= this.#open(name);
    if (bytes.length === 0) {
      this.#endFile();
      return;
    }
    const { format, stream, isBroken } = this.#file;
    if (isBroken) return;
    // A `Buffer` is an array of another class, and the hot path is faster with one only.
    stream.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    if (format.fault !== undefined) {
      this.#file.isBroken = true;
      this.#onProblem(name, `at byte ${stream.offset}: ${format.fault}`);
    }
  }

  #endFile(): void {
    const file = this.#file;
    this.#file = undefined;
    const unfinished = file?.isBroken ? undefined : file?.stream.unfinished;
    if (file && unfinished) this.#onProblem(file.name, `${unfinished}; all before it was read`);
  }

  #open(name: string): OpenFile {
    const format = new FileFormat(this.clock, this.counts, this.#decoder);
    return { name, format, stream: new RecordStream(format), isBroken: false };
  }
}
