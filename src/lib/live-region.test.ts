import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { liveRegion, printAbove } from './live-region.ts';

/** As much of a terminal as a live region uses: wrapping, scrolling, cursor up, erase to the end of line and screen. */
class Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Everything ever shown; the last `rows` of it are the screen. */
  lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    for (const [token, up, erase] of text.matchAll(/\x1b\[(\d+)A|\x1b\[([KJ])|./gs)) {
      if (up !== undefined) {
        const top = Math.max(0, this.lines.length - this.rows);
        this.#row = Math.max(top, this.#row - Number(up));
      } else if (erase !== undefined) {
        this.lines[this.#row] = this.lines[this.#row].slice(0, this.#column);
        if (erase === 'J') for (let row = this.#row + 1; row < this.lines.length; row++) this.lines[row] = '';
      } else this.#print(token);
    }
  }

  /** What is shown, without the empty rows at the end. */
  get shown(): string[] {
    const last = this.lines.findLastIndex((line) => line !== '');
    return this.lines.slice(0, last + 1);
  }

  #print(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#newLine();
    else {
      if (this.#column === this.columns) this.#newLine();
      const line = this.lines[this.#row].padEnd(this.#column);
      this.lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column++;
    }
  }

  #newLine(): void {
    this.#column = 0;
    this.#row++;
    if (this.#row === this.lines.length) this.lines.push('');
  }
}

describe('liveRegion', () => {
  it('redraws in place, longer or shorter, and leaves nothing when it is cleared', () => {
    const terminal = new Terminal(40, 10);
    terminal.write('$ lagpipe\n');
    const region = liveRegion(terminal);
    region.show(['first', 'second line', 'third']);
    assert.deepEqual(terminal.shown, ['$ lagpipe', 'first', 'second line', 'third']);
    region.show(['1st', '2nd']);
    assert.deepEqual(terminal.shown, ['$ lagpipe', '1st', '2nd']);
    region.clear();
    assert.deepEqual(terminal.shown, ['$ lagpipe']);
  });

  it('cuts what does not fit the terminal', () => {
    const terminal = new Terminal(10, 4);
    const region = liveRegion(terminal);
    region.show(['a line that is too long', '2', '3', '4', '5']);
    region.show(['a line that is too long', '2', '3', '4', '5']);
    assert.deepEqual(terminal.shown, ['a line t…', '2', '3']);
    region.clear();
  });

  it('writes nothing when it was never shown', () => {
    const terminal = new Terminal(10, 4);
    liveRegion(terminal).clear();
    printAbove(() => terminal.write('x\n'));
    assert.deepEqual(terminal.shown, ['x']);
  });

  it('keeps every line that is printed above it, and the region whole below', () => {
    const step = fc.oneof(
      fc.record({ log: fc.stringMatching(/^[a-z]{1,9}$/) }),
      fc.record({ show: fc.array(fc.stringMatching(/^[A-Z]{1,30}$/), { minLength: 1, maxLength: 12 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const terminal = new Terminal(20, 8);
        const region = liveRegion(terminal);
        const logged: string[] = [];
        let shown: string[] = [];
        for (const each of steps) {
          if ('log' in each) {
            printAbove(() => terminal.write(`${each.log}\n`));
            logged.push(each.log);
          } else {
            region.show(each.show);
            shown = each.show.slice(0, 7).map((line) => (line.length > 19 ? `${line.slice(0, 18)}…` : line));
          }
          assert.deepEqual(terminal.shown, [...logged, ...shown]);
        }
        region.clear();
      }),
    );
  });

  it('redraws even when what is printed above throws', () => {
    const terminal = new Terminal(20, 8);
    const region = liveRegion(terminal);
    region.show(['table']);
    assert.throws(() =>
      printAbove(() => {
        throw new Error('no');
      }),
    );
    assert.deepEqual(terminal.shown, ['table']);
    region.clear();
  });
});
