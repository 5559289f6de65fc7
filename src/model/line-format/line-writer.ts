import { ByteWriter, type Phrase, phraseOf } from '../../lib/byte-writer.ts';
import { strftime } from '../../lib/strftime.ts';
import { type Batch, type EventBatch, recordsIn } from '../batch.ts';
import { EVENT_TIME, type LineFormat, type Piece } from './line-format.ts';

/** What becomes of control characters and of bytes above 0x7e in values. */
export type Unprintable = 'keep' | 'dots' | 'hex';

/** The lines of one batch, and what became of its records. */
export interface WrittenLines {
  /** Valid until the next batch is written. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly delivered: number;
  readonly rejected?: Readonly<Record<string, number>>;
}

/** A text whose characters are bytes, as sources read them from packets. */
const BYTES = 0;
const UNICODE = 1;
/** What a pattern finds in a text of bytes. */
const MATCHED = 2;
const NUMBER = 3;
const DURATION = 4;
const INSTANT = 5;
const UNIX_TIME = 6;
const EVENT_INSTANT = 7;
const EVENT_UNIX_TIME = 8;
/** The batch has no such column: the same for every event. */
const NOT_FOUND = 9;
type Way = number;

const NO_WORDS = phraseOf('');
const NO_NUMBERS = new Float64Array(0);
const NO_CODES = new Uint32Array(0);
const NO_TEXTS: (string | undefined)[] = [];

/**
 * A piece of the line, ready for the rows of one batch. All have one form, whatever they write, so that the loop
 * over them stays one piece of machine code.
 */
class BoundPiece {
  readonly piece: Piece;
  readonly before: Phrase;
  readonly notFound: Phrase;
  readonly missingZero: boolean;
  way: Way = NOT_FOUND;
  values: Float64Array = NO_NUMBERS;
  codes: Uint32Array = NO_CODES;
  dictionary: readonly string[] = [];
  /** What the pattern finds in the texts of the dictionary. */
  matches: (string | undefined)[] = NO_TEXTS;
  /** The newest second that was written, and how. */
  second = Number.NaN;
  secondText: Phrase = NO_WORDS;
  /** What was written last of this batch, with `before`, and where: values come in runs. */
  last = Number.NaN;
  lastStart = 0;
  lastLength = 0;

  constructor(piece: Piece) {
    this.piece = piece;
    this.before = phraseOf(piece.before);
    this.notFound = phraseOf(piece.notFound);
    this.missingZero = piece.shape === 'count';
  }

  bind(batch: EventBatch): void {
    const { attribute, shape, isEventTime } = this.piece;
    const column = batch.columns.get(attribute);
    this.last = Number.NaN;
    if (attribute === EVENT_TIME) this.#bindNumbers(batch.timeSeconds, EVENT_INSTANT);
    else if (column === undefined) this.way = NOT_FOUND;
    else if (column.kind === 'text') this.#bindTexts(column.codes, column.dictionary);
    else if (shape === 'duration') this.#bindNumbers(column.values, DURATION);
    else if (shape === 'instant') this.#bindNumbers(column.values, isEventTime ? EVENT_INSTANT : INSTANT);
    else if (shape === 'unix_time')
      this.#bindNumbers(column.values, isEventTime ? EVENT_UNIX_TIME : UNIX_TIME);
    else this.#bindNumbers(column.values, NUMBER);
  }

  #bindNumbers(values: Float64Array, way: Way): void {
    this.values = values;
    this.way = way;
  }

  /** A dictionary that was given out does not change, so what was found in it is kept as long as it is the same. */
  #bindTexts(codes: Uint32Array, dictionary: readonly string[]): void {
    this.codes = codes;
    this.way = this.piece.isBytes ? BYTES : UNICODE;
    if (this.piece.pattern === undefined) this.dictionary = dictionary;
    else {
      this.way = MATCHED;
      if (this.dictionary !== dictionary) this.matches = new Array(dictionary.length);
      this.dictionary = dictionary;
    }
  }

  /** What the pattern finds in a text; undefined when nothing. Each text is looked through once. */
  matched(code: number): string | undefined {
    if (!(code in this.matches)) this.matches[code] = this.piece.pattern!.exec(this.dictionary[code])?.at(-1);
    return this.matches[code];
  }

  /** The date and time of a second; lines come in runs of the same one. */
  instantText(second: number): Phrase {
    this.second = second;
    this.secondText = phraseOf(strftime(this.piece.timeFormat ?? '%Y-%m-%d %H:%M:%S', second));
    return this.secondText;
  }
}

/** Events as lines of a format. Keeps nothing between batches but what saves time. */
export class LineWriter {
  readonly #format: LineFormat;
  readonly #pieces: readonly BoundPiece[];
  readonly #after: Phrase;
  readonly #unprintable: Unprintable;
  readonly #out = new ByteWriter(1 << 16);

  constructor(format: LineFormat, unprintable: Unprintable) {
    this.#unprintable = unprintable;
    this.#format = format;
    this.#pieces = format.pieces.map((piece) => new BoundPiece(piece));
    this.#after = phraseOf(`${format.after}\n`);
  }

  write(batch: Batch): WrittenLines {
    this.#out.clear();
    const reason = this.#objection(batch);
    if (reason !== undefined) {
      return { bytes: this.#out.view(), delivered: 0, rejected: { [reason]: recordsIn(batch) } };
    }
    const events = batch as EventBatch;
    for (const piece of this.#pieces) piece.bind(events);
    for (let row = 0; row < events.length; row++) this.#line(events, row);
    return { bytes: this.#out.view(), delivered: events.length };
  }

  /** Why no line can be made of the batch. */
  #objection(batch: Batch): string | undefined {
    if (batch.kind === 'metrics') return 'format_shows_no_metrics';
    const { isOfExchanges, attributes } = this.#format;
    if (isOfExchanges) return batch.name.endsWith('.exchange') ? undefined : 'format_shows_only_exchanges';
    const has = attributes.length === 0 || attributes.some((name) => batch.columns.has(name));
    return has ? undefined : 'format_shows_other_events';
  }

  #line(events: EventBatch, row: number): void {
    const out = this.#out;
    const pieces = this.#pieces;
    for (let index = 0; index < pieces.length; index++) {
      const bound = pieces[index];
      switch (bound.way) {
        case BYTES:
        case UNICODE:
        case MATCHED:
          if (!this.#repeats(bound, bound.codes[row])) this.#text(bound, row);
          break;
        case NUMBER:
          if (!this.#repeats(bound, bound.values[row])) this.#number(bound, row);
          break;
        case DURATION: {
          const value = bound.values[row];
          out.phrase(bound.before);
          if (!Number.isNaN(value)) out.secondsWithMicros(value);
          else out.phrase(bound.notFound);
          break;
        }
        case NOT_FOUND:
          out.phrase(bound.before);
          if (bound.missingZero) out.number(0);
          else out.phrase(bound.notFound);
          break;
        default:
          out.phrase(bound.before);
          this.#instant(bound, events, row);
      }
    }
    out.phrase(this.#after);
  }

  /** Whether it is the value of the line before, which is then written. */
  #repeats(bound: BoundPiece, value: number): boolean {
    if (bound.last !== value) return false;
    this.#out.again(bound.lastStart, bound.lastLength);
    return true;
  }

  #number(bound: BoundPiece, row: number): void {
    const value = bound.values[row];
    const out = this.#out;
    const start = out.length;
    out.phrase(bound.before);
    if (!Number.isNaN(value)) out.number(value);
    else if (bound.missingZero) out.number(0);
    else out.phrase(bound.notFound);
    this.#remember(bound, value, start);
  }

  #text(bound: BoundPiece, row: number): void {
    const code = bound.codes[row];
    const text = bound.way === MATCHED && code !== 0 ? bound.matched(code) : bound.dictionary[code];
    const out = this.#out;
    const start = out.length;
    out.phrase(bound.before);
    if (code === 0 || text === undefined) out.phrase(bound.notFound);
    else if (this.#unprintable !== 'keep') out.utf8(shown(text, this.#unprintable));
    else if (bound.way === UNICODE || !out.latin1(text)) out.utf8(text);
    this.#remember(bound, code, start);
  }

  #remember(bound: BoundPiece, value: number, start: number): void {
    bound.last = value;
    bound.lastStart = start;
    bound.lastLength = this.#out.length - start;
  }

  #instant(bound: BoundPiece, events: EventBatch, row: number): void {
    const value = bound.values[row];
    if (Number.isNaN(value)) {
      this.#out.phrase(bound.notFound);
      return;
    }
    const isEventTime = bound.way === EVENT_INSTANT || bound.way === EVENT_UNIX_TIME;
    // A double holds today's seconds to a quarter of a microsecond, so the nearest microsecond is the right one.
    const micros = isEventTime
      ? Math.floor(events.timeNanoseconds[row] / 1000)
      : Math.round(value * 1e6) % 1e6;
    const second = isEventTime ? events.timeSeconds[row] : Math.floor(Math.round(value * 1e6) / 1e6);
    const out = this.#out;
    if (bound.way === UNIX_TIME || bound.way === EVENT_UNIX_TIME) {
      out.number(second);
      out.fraction(micros);
      return;
    }
    out.phrase(second === bound.second ? bound.secondText : bound.instantText(second));
    if (bound.piece.timeFormat === undefined) out.fraction(micros);
  }
}

/** Control characters and bytes above 0x7e as Justniffer's -u and -x show them; line breaks and tabs stay. */
function shown(text: string, how: 'dots' | 'hex'): string {
  return text.replaceAll(/[^\x20-\x7e\n\t]/g, (character) =>
    how === 'dots' ? '.' : `[0x${character.charCodeAt(0).toString(16)}]`,
  );
}
