import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cpusOfList, cpusOfMask } from './cpu-set.ts';

describe('sets of CPUs', () => {
  for (const [list, cpus] of [
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['5\n', [5]],
    ['', []],
    ['0-1,x,3-', [0, 1]],
  ] as const) {
    it(`the list ${JSON.stringify(list)} is ${cpus.join(' ')}`, () => {
      assert.deepEqual([...cpusOfList(list)], cpus);
    });
  }

  for (const [mask, cpus] of [
    ['00000003', [0, 1]],
    ['1,80000000', [31, 32]],
    ['00000000,00000000,00000100', [8]],
    ['ff', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['', []],
    ['g', []],
  ] as const) {
    it(`the mask ${JSON.stringify(mask)} is ${cpus.join(' ')}`, () => {
      assert.deepEqual(
        [...cpusOfMask(mask)].sort((a, b) => a - b),
        cpus,
      );
    });
  }

  it('a mask as the kernel writes it gives back the CPUs that it was made of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(255), { maxLength: 40 }), (cpus) => {
        const words = new Uint32Array(8);
        for (const cpu of cpus) words[cpu >>> 5] |= 1 << (cpu & 31);
        const mask = [...words].reverse().map((word) => word.toString(16).padStart(8, '0'));
        assert.deepEqual(
          [...cpusOfMask(mask.join(','))].sort((a, b) => a - b),
          [...cpus].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('no text makes them throw or hold what is no CPU', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const cpu of [...cpusOfList(text), ...cpusOfMask(text)])
          assert.ok(Number.isInteger(cpu) && cpu >= 0);
      }),
    );
  });
});
