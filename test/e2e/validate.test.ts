import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { ROOT } from '../root.ts';
import { lagpipe } from './lagpipe.ts';

const FILE = 'test/golden/config/ten-mistakes.yaml';

/** To accept a new wording: `lagpipe validate FILE 2> test/golden/config/ten-mistakes.txt`, and read the difference. */
it('validate names ten different mistakes at once, each with its place, and exits 78', async () => {
  const { exitCode, stdout, stderr } = await lagpipe('validate', FILE);
  assert.equal(stderr, readFileSync(join(ROOT, 'test/golden/config/ten-mistakes.txt'), 'utf8'));
  assert.equal(stderr.match(/^\S+:\d+:\d+: error: /gm)?.length, 10);
  assert.equal(stdout, '');
  assert.equal(exitCode, 78);
});
