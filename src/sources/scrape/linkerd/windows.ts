import type { Stat } from './document.ts';

/**
 * linkerd closes its histograms once a minute and shows the closed ones until the next minute is over, so whoever
 * reads more often sees the same window again. A document is of a new window when any histogram differs. Two windows
 * can be equal, figure by figure, when hardly anything happens: after a whole window's time the next one has come
 * for certain, whatever it shows.
 */
export class Windows {
  readonly #windowSeconds: number;
  #last: string | undefined;
  #sinceSeconds = 0;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /** Whether these histograms, read at `seconds` of some clock, are of a window that was not read before. */
  isNew(stats: readonly Stat[], seconds: number): boolean {
    const text = stats
      .map(({ count, sum, max, p50, p99 }) => `${count} ${sum} ${max} ${p50} ${p99}`)
      .join('\n');
    const waited = seconds - this.#sinceSeconds;
    if (text === this.#last && waited >= 0 && waited < this.#windowSeconds) return false;
    this.#last = text;
    this.#sinceSeconds = seconds;
    return true;
  }
}
