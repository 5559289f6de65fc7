import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waysOf } from './probe-host.ts';

test('the ways of one program, in the order in which they are tried', () => {
  const report = {
    kernel: '6.18.0',
    programs: {
      stack_latency: [
        {
          part: 'ip-start',
          attach: 'tracing',
          tier: 'tracing',
          works: false,
          covers: 'all',
          code: 'lockdown',
          detail: 'EPERM',
        },
        { part: 'ip-start', attach: 'netfilter', tier: 'hook', works: true, covers: 'one namespace' },
      ],
      tcp_connect: [],
    },
  };
  assert.deepEqual(waysOf(report, 'stack_latency'), [
    {
      part: 'ip-start',
      tier: 'tracing',
      attach: 'tracing',
      works: false,
      covers: 'all',
      code: 'lockdown',
      detail: 'EPERM',
    },
    {
      part: 'ip-start',
      tier: 'hook',
      attach: 'netfilter',
      works: true,
      covers: 'one namespace',
      code: '',
      detail: '',
    },
  ]);
  assert.deepEqual(waysOf(report, 'tcp_connect'), []);
});

test('a report that is none of a program has no ways', () => {
  for (const report of [undefined, null, [], {}, { programs: 7 }, { programs: { stack_latency: 'x' } }]) {
    assert.deepEqual(waysOf(report, 'stack_latency'), []);
  }
});
