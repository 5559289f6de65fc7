import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostWay } from '../model/telemetry.ts';
import { renderHost } from './list-host.ts';

const works = (part: string, tier: string, attach: string): HostWay => ({
  part,
  tier,
  attach,
  works: true,
  covers: `what ${attach} sees`,
  code: '',
  detail: '',
});

const refused = (part: string, tier: string, attach: string, code: string): HostWay => ({
  part,
  tier,
  attach,
  works: false,
  covers: `what ${attach} sees`,
  code,
  detail: `loading ${part} by ${attach}: kernel said no.`,
});

test('each part has its tiers, the one that is used and what it covers, and each refusal once below', () => {
  const text = renderHost([
    {
      id: 'ebpf_stack_latency',
      ways: [
        refused('ip-start', 'tracing', 'tracing', 'lockdown'),
        works('ip-start', 'kprobe', 'kprobe'),
        works('ip-start', 'hook', 'netfilter'),
        refused('udp-socket-read', 'tracing', 'tracing', 'lockdown'),
        refused('udp-socket-read', 'kprobe', 'kprobe', 'no_such_hook'),
        refused('udp-socket-read', 'hook', 'raw_tracepoint', 'no_such_hook'),
        works('udp-socket-read', 'hook', 'raw_tracepoint'),
      ],
    },
    {
      id: 'ebpf_tcp_connect',
      ways: [refused('unrouted', 'hook', 'cgroup', 'no_such_hook')],
    },
  ]);
  assert.equal(
    text,
    `SOURCE              PART             TRACING       KPROBE            HOOK              USED
ebpf_stack_latency  ip-start         no: lockdown  yes               yes               kprobe
ebpf_stack_latency  udp-socket-read  no: lockdown  no: no_such_hook  yes               raw_tracepoint
ebpf_tcp_connect    unrouted         -             -                 no: no_such_hook  none

ebpf_stack_latency ip-start covers what kprobe sees
ebpf_stack_latency udp-socket-read covers what raw_tracepoint sees

tracing, lockdown: loading ip-start by tracing: kernel said no
kprobe, no_such_hook: loading udp-socket-read by kprobe: kernel said no
raw_tracepoint, no_such_hook: loading udp-socket-read by raw_tracepoint: kernel said no
cgroup, no_such_hook: loading unrouted by cgroup: kernel said no
`,
  );
});

test('a host that allows everything has no refusals to explain', () => {
  const ways = [works('ip-start', 'tracing', 'tracing'), works('ip-start', 'hook', 'netfilter')];
  assert.equal(
    renderHost([{ id: 'ebpf_stack_latency', ways }]),
    'SOURCE              PART      TRACING  KPROBE  HOOK  USED\n' +
      'ebpf_stack_latency  ip-start  yes      -       yes   tracing\n\n' +
      'ebpf_stack_latency ip-start covers what tracing sees\n',
  );
});
