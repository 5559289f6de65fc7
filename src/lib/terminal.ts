import { styleText } from 'node:util';

/** How a text looks; without colours the text itself. */
export type Paint = (style: 'bold' | 'dim' | 'yellow' | 'red', text: string) => string;

type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked of a stream; `process.stdout` has it. */
interface MaybeTerminal {
  readonly isTTY?: boolean;
}

/** Whether what a stream shows can be redrawn in place. */
export function canRedraw({ isTTY }: MaybeTerminal, { TERM }: Environment = process.env): boolean {
  return isTTY === true && TERM !== 'dumb';
}

/**
 * Colours only for a person, at a terminal, and unless `NO_COLOR` has a value (no-color.org). `FORCE_COLOR` has the last
 * word, as with Node itself: 0 and false mean none, everything else colours, also through a pipe.
 */
export function takesColour(stream: MaybeTerminal, environment: Environment = process.env): boolean {
  const { FORCE_COLOR, NO_COLOR } = environment;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return canRedraw(stream, environment) && !NO_COLOR;
}

export function paintWith(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
