import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from './nearest-name.ts';

const NAMES = ['ebpf_tcp_connect', 'ebpf_stack_latency', 'proc', 'self', 'interval', 'max_interval'];

const CASES: readonly (readonly [string, string | undefined])[] = [
  ['ebpf_tcp_conect', 'ebpf_tcp_connect'],
  ['ebpf-tcp-connect', 'ebpf_tcp_connect'],
  ['EBPF_TCP_CONNECT', 'ebpf_tcp_connect'],
  ['tcp_connect', 'ebpf_tcp_connect'],
  ['porc', 'proc'],
  ['prc', 'proc'],
  ['intervall', 'interval'],
  ['zz', undefined],
  ['p', undefined],
  ['', undefined],
  ['something_else', undefined],
  ['a'.repeat(100_000), undefined],
];

for (const [seen, meant] of CASES) {
  test(`${seen.slice(0, 20)} → ${meant}`, () => assert.equal(nearestName(seen, NAMES), meant));
}

test('suggests nothing where there is nothing to suggest', () =>
  assert.equal(nearestName('proc', []), undefined));
