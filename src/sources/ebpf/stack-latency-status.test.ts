import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { jsonFrame } from '../../loader/testdata/frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { STAGES } from './stages.ts';
import { frames, hello, START } from './testdata/stack-frames.ts';

test('stages that were denied are told with the reason, and one that is half there as degraded', () => {
  const { context, reports } = recordingContext();
  const probes = [
    { part: 'ip-start', state: 'live', attach: 'netfilter', covers: 'IPv4' },
    {
      part: 'ip-start',
      state: 'denied',
      attach: 'netfilter',
      covers: 'IPv6',
      code: 'no_such_hook',
      detail: 'ENOENT',
    },
    {
      part: 'tcp-start',
      state: 'denied',
      attach: 'netfilter',
      covers: 'IPv4',
      code: 'missing_capability',
      detail: 'EPERM',
    },
    {
      part: 'tcp-socket-read',
      state: 'live',
      attach: 'raw_tracepoint',
      covers: 'all namespaces',
      refused: { tracing: 'lockdown', kprobe: 'no_such_hook' },
    },
  ];
  decodeStackLatency(context)(frames(jsonFrame(FRAME_TYPE.hello, { probes })));
  assert.deepEqual(
    reports.map(({ part, state, detail, attributes }) => [part, state, detail, attributes]),
    [
      ['', 'live', 'the loader runs', { 'lagpipe.part.restarts': 0 }],
      [
        'ip-start',
        'degraded',
        'without IPv6: this kernel does not have the hook (ENOENT)',
        { 'lagpipe.part.attach': 'netfilter', 'lagpipe.part.covers': 'IPv4' },
      ],
      [
        'tcp-start',
        'failed',
        'measuring in the kernel needs rights that this user does not have (EPERM)',
        {},
      ],
      [
        'tcp-socket-read',
        'live',
        'by raw_tracepoint',
        {
          'lagpipe.part.attach': 'raw_tracepoint',
          'lagpipe.part.covers': 'all namespaces',
          'lagpipe.part.refused': 'tracing (lockdown), kprobe (no_such_hook)',
        },
      ],
    ],
  );
  assert.match(reports[2].remedy ?? '', /^run `sudo npx lagpipe grant` once/);
});

test('nothing is told by part when nothing works for one reason: the end of the loader tells it once', () => {
  const denied = (...codes: string[]) => {
    const { context, reports } = recordingContext();
    const probes = codes.map((code, index) => ({
      part: STAGES[index],
      state: 'denied',
      code,
      detail: 'EPERM',
    }));
    decodeStackLatency(context)(frames(jsonFrame(FRAME_TYPE.hello, { probes })));
    return reports.map(({ part, state }) => `${part} ${state}`);
  };
  assert.deepEqual(denied('missing_capability', 'missing_capability'), []);
  assert.deepEqual(denied('lockdown', 'no_such_hook'), ['ip-start failed', 'tcp-start failed']);
});

test('each HELLO tells how often the loader was started anew', () => {
  const { context, reports } = recordingContext();
  const decode = decodeStackLatency(context);
  for (let life = 0; life < 3; life += 1) {
    decode(START);
    decode(frames(hello('ip-start')));
  }
  assert.deepEqual(
    reports
      .filter(({ part }) => part === '')
      .map(({ state, detail, attributes }) => [state, detail, attributes?.['lagpipe.part.restarts']]),
    [
      ['live', 'the loader runs', 0],
      ['live', 'the loader runs again, started anew once', 1],
      ['live', 'the loader runs again, started anew 2 times', 2],
    ],
  );
});
