import { nearestName } from '../../lib/nearest-name.ts';
import { CONSTANTS, KEYWORDS, type Keyword, REFUSED, type Shape } from './keywords.ts';

/** One value in a line, with the fixed text before it. */
export interface Piece {
  readonly before: string;
  readonly attribute: string;
  readonly shape: Shape;
  readonly isEventTime: boolean;
  /** Written where the event does not have the attribute. */
  readonly notFound: string;
  /** Of an instant, for `strftime`; absent: date and time with six decimals. */
  readonly timeFormat?: string;
  /** Written is the last group of the first match, not the whole value. */
  readonly pattern?: RegExp;
  /** Bytes of packets are one character each; other texts are Unicode. */
  readonly isBytes: boolean;
}

/** A format, read once: the values of a line in their order. */
export interface LineFormat {
  readonly pieces: readonly Piece[];
  /** The fixed text after the last value. */
  readonly after: string;
  /** The attributes that the lines show, each once. */
  readonly attributes: readonly string[];
  /** Whether it writes exchanges alone, as Justniffer does: unless all that it writes is `%{…}`. */
  readonly isOfExchanges: boolean;
}

/** The name under which a format gets at the time of an event, which is no attribute. */
export const EVENT_TIME = 'time';

/** What is wrong with a format, and where: the number of a character, from 1. */
export interface FormatProblem {
  readonly position: number;
  readonly message: string;
}

/** What Justniffer prints without `-l`: the log format of web servers. */
export const COMMON_LOG_FORMAT =
  '%source.ip - - [%request.timestamp(%d/%b/%Y:%T %z)] "%request.line" %response.code ' +
  '%response.header.content-length(0) "%request.header.referer()" "%request.header.user-agent()"';

/** A keyword's name goes on as long as these follow: `%tabs` is no tab. */
const NAME_CHARACTER = /[0-9A-Za-z._]/;
const NAMES = [...KEYWORDS.keys(), ...Object.keys(CONSTANTS), ...Object.keys(REFUSED)];
/** Longest first, because `-` ends a name: `accept-charset` before `accept`. */
const BY_LENGTH = [...NAMES].sort((a, b) => b.length - a.length);

/**
 * Reads a format in Justniffer's language, or in ours, which adds `%{attribute}` for any attribute of any event.
 * All mistakes are found at once.
 */
export function parseLineFormat(
  text: string,
  notFound: string,
): { readonly format: LineFormat; readonly problems: readonly FormatProblem[] } {
  const reader = new FormatReader(text, notFound);
  reader.read();
  const named = reader.pieces.map(({ attribute }) => attribute).filter((name) => name !== EVENT_TIME);
  const attributes = [...new Set(named)];
  const { pieces, literal: after, problems } = reader;
  return { format: { pieces, after, attributes, isOfExchanges: !reader.hasOnlyAttributes }, problems };
}

class FormatReader {
  readonly pieces: Piece[] = [];
  readonly problems: FormatProblem[] = [];
  literal = '';
  /** `%{…}` and no keyword. */
  hasOnlyAttributes = false;
  readonly #text: string;
  readonly #notFound: string;
  #at = 0;
  #hasKeyword = false;

  constructor(text: string, notFound: string) {
    this.#text = text;
    this.#notFound = notFound;
  }

  read(): void {
    while (this.#at < this.#text.length) {
      const percent = this.#text.indexOf('%', this.#at);
      const end = percent === -1 ? this.#text.length : percent;
      this.literal += this.#text.slice(this.#at, end);
      this.#at = end;
      if (percent !== -1) this.#readKeyword();
    }
    this.hasOnlyAttributes = this.pieces.length > 0 && !this.#hasKeyword;
  }

  /** At a `%`; leaves off behind the keyword and its argument. */
  #readKeyword(): void {
    const start = this.#at;
    this.#at += 1;
    if (this.#text[this.#at] === '{') {
      this.#readAttribute(start);
      return;
    }
    const rest = this.#text.slice(this.#at);
    const name = BY_LENGTH.find((each) => isNameAt(rest, each));
    if (name === undefined) {
      this.#refuse(start, unknownKeyword(rest));
      this.#at += /^[0-9A-Za-z._-]*/.exec(rest)![0].length;
      return;
    }
    this.#at += name.length;
    const constant = CONSTANTS[name];
    if (constant !== undefined) this.literal += constant;
    else if (REFUSED[name] !== undefined) this.#refuse(start, `%${name} is not supported: ${REFUSED[name]}`);
    else this.#addKeyword(start, name, KEYWORDS.get(name)!);
  }

  #addKeyword(start: number, name: string, keyword: Keyword): void {
    this.#hasKeyword = true;
    const argument = keyword.argument === 'none' ? undefined : this.#readArgument();
    switch (keyword.argument) {
      case 'none':
        this.#add(keyword, {});
        break;
      case 'not_found':
        this.#add(keyword, argument === undefined ? {} : { notFound: argument });
        break;
      case 'time_format':
        this.#add(keyword, argument === undefined ? {} : { timeFormat: argument });
        break;
      case 'header_name':
        if (argument === undefined || argument === '')
          this.#refuse(start, `%${name} needs a name: %${name}(Cookie)`);
        else this.#add(keyword, { attribute: keyword.attribute + argument.toLowerCase() });
        break;
      case 'pattern':
        if (argument === undefined) this.#refuse(start, `%${name} needs a pattern: %${name}(id=(\\d+))`);
        else this.#addPattern(start, name, keyword, argument);
    }
  }

  /** Perl's way as Justniffer has it: upper and lower case are the same, `.` is any byte, `^` begins any line. */
  #addPattern(start: number, name: string, keyword: Keyword, argument: string): void {
    try {
      this.#add(keyword, { pattern: new RegExp(argument, 'ims') });
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid regular expression: /, '');
      const note =
        'patterns are those of JavaScript, which has no \\A, \\Z, \\Q, [[:alpha:]] or possessive quantifiers';
      this.#refuse(start, `the pattern of %${name} cannot be read: ${reason} (${note})`);
    }
  }

  #add(keyword: Omit<Keyword, 'meaning'>, own: Partial<Piece>): void {
    const { attribute, shape, isEventTime = false } = keyword;
    const piece = { attribute, shape, isEventTime, notFound: this.#notFound, isBytes: true };
    this.pieces.push({ before: this.literal, ...piece, ...own });
    this.literal = '';
  }

  /** `%{attribute}` or `%{attribute}(not-found text)`; `%{time}` or `%{time}(strftime)`. */
  #readAttribute(start: number): void {
    const end = this.#text.indexOf('}', this.#at);
    const attribute = end === -1 ? '' : this.#text.slice(this.#at + 1, end);
    if (attribute === '') {
      this.#refuse(start, '%{ begins the name of an attribute and needs one, such as %{client.address}');
      this.#at = end === -1 ? this.#text.length : end + 1;
      return;
    }
    this.#at = end + 1;
    const argument = this.#readArgument();
    if (attribute === EVENT_TIME) {
      this.#add(
        { argument: 'time_format', shape: 'instant', attribute },
        argument === undefined ? {} : { timeFormat: argument },
      );
    } else {
      const own = argument === undefined ? {} : { notFound: argument };
      this.#add({ argument: 'not_found', shape: 'plain', attribute }, { isBytes: false, ...own });
    }
  }

  /** What is in the parentheses that follow at once, which may hold further pairs; undefined when there are none. */
  #readArgument(): string | undefined {
    let depth = 0;
    for (let at = this.#at; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '(') depth += 1;
      else if (character === ')') depth -= 1;
      if (depth === 0) {
        if (at === this.#at) return undefined;
        const argument = this.#text.slice(this.#at + 1, at);
        this.#at = at + 1;
        return argument;
      }
    }
    return undefined;
  }

  #refuse(start: number, message: string): void {
    this.problems.push({ position: start + 1, message });
  }
}

function isNameAt(rest: string, name: string): boolean {
  if (!rest.startsWith(name)) return false;
  // `%-` and `%%` end themselves, so that `100%%of` is possible.
  return name === '-' || name === '%' || !NAME_CHARACTER.test(rest[name.length] ?? '');
}

function unknownKeyword(rest: string): string {
  const seen = /^[0-9A-Za-z._-]*/.exec(rest)![0];
  if (seen === '') return 'a single % means nothing; write %% for a percent sign';
  const header = /^(request|response)\.header\.(.+)$/.exec(seen);
  if (header) return `there is no keyword %${seen}; write %${header[1]}.header.value(${header[2]})`;
  const nearest = nearestName(seen, NAMES);
  const begun = BY_LENGTH.find((name) => /\w$/.test(name) && seen.startsWith(name));
  const guesses = nearest === undefined ? [] : [`%${nearest}`];
  if (begun !== undefined && begun !== nearest && seen[begun.length] !== '.') {
    guesses.push(`%${begun} and then text: %${begun}%-${seen.slice(begun.length)}`);
  }
  return `there is no keyword %${seen}${guesses.length === 0 ? '' : `; did you mean ${guesses.join(', or ')}?`}`;
}
