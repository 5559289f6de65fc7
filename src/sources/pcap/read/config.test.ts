import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkRead, type ReadConfig } from './config.ts';

const DEFAULTS: ReadConfig = {
  files: [],
  snaplen: 262_144,
  promiscuous: false,
  buffer_size: 1,
  tunnels: [],
  vxlan_ports: [4789],
};

for (const [what, given, place] of [
  ['a file', { files: ['a'] }, undefined],
  ['an interface with a filter', { interface: 'lo', filter: 'tcp' }, undefined],
  ['nothing', {}, []],
  ['both', { files: ['a'], interface: 'lo' }, ['interface']],
  ['a filter that is too long', { interface: 'lo', filter: 'x'.repeat(2048) }, ['filter']],
  ['a filter for a file', { files: ['a'], filter: 'tcp' }, ['filter']],
] as const) {
  it(`${what} is ${place ? 'refused' : 'accepted'}`, () => {
    assert.deepEqual(checkRead({ ...DEFAULTS, ...given })[0]?.path, place);
  });
}
