import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canRedraw, paintWith, takesColour } from './terminal.ts';

describe('what a terminal takes', () => {
  for (const [isTTY, environment, redraws, colours] of [
    [true, {}, true, true],
    [true, { TERM: 'xterm' }, true, true],
    [true, { TERM: 'dumb' }, false, false],
    [true, { NO_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '' }, true, true],
    [true, { FORCE_COLOR: '0' }, true, false],
    [true, { FORCE_COLOR: 'false' }, true, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    [true, { FORCE_COLOR: '1', TERM: 'dumb' }, false, true],
    [false, {}, false, false],
    [false, { TERM: 'xterm' }, false, false],
    [false, { FORCE_COLOR: '' }, false, true],
    [false, { FORCE_COLOR: '3' }, false, true],
    [undefined, {}, false, false],
  ] as const) {
    const given = `${isTTY ? 'a terminal' : isTTY === false ? 'a pipe' : 'a file'} with ${JSON.stringify(environment)}`;
    it(`${given}: ${redraws ? 'redraws' : 'lines'}, ${colours ? 'colours' : 'plain'}`, () => {
      const stream = isTTY === undefined ? {} : { isTTY };
      assert.equal(canRedraw(stream, environment), redraws);
      assert.equal(takesColour(stream, environment), colours);
    });
  }

  it('paints whatever standard output is', () => {
    assert.equal(paintWith(true)('red', 'x'), '\x1b[31mx\x1b[39m');
    assert.equal(paintWith(false)('red', 'x'), 'x');
  });
});
