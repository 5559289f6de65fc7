import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { VirtualTimeScheduler } from 'rxjs';
import { eventBatchOf } from '../../model/batch.ts';
import { jsonLines } from '../../model/json-lines.ts';
import { attributesRead } from './attributes-read.ts';
import { check, type StdoutConfig } from './config.ts';
import type { OutputStream } from './output.ts';
import { createPreview, createStdoutSink } from './stdout-sink.ts';
import { connects, metricsOf, stackLatency, stagePoint, sumOf } from './testdata/batches.ts';
import { matchesGolden } from './testdata/golden.ts';

process.env.TZ = 'UTC';

const CONFIG: StdoutConfig = {
  format: 'json',
  not_found: '-',
  unprintable: 'auto',
  refresh: 1000,
  report_interval: 10_000,
  events: 10,
  count_events_by: 'lagpipe.tcp.outcome',
  show_zero: false,
  max_rows: 50,
  max_series: 2000,
  buckets_per_octave: 1,
  accumulate: false,
};
const LATENCY = metricsOf(stackLatency([stagePoint('ip-start', -19, 8, 1)]));

class MemoryOutput extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A terminal as far as the sink can tell. */
// The terminal of these tests can move its cursor, whatever the one they are run from can.
process.env.TERM = 'xterm';

class MemoryTerminal extends MemoryOutput {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 24;
}

function open(config: Partial<StdoutConfig>, stream: OutputStream) {
  const scheduler = new VirtualTimeScheduler();
  return { scheduler, sink: createStdoutSink({ ...CONFIG, ...config }, { scheduler }, stream) };
}

describe('stdout: formats', () => {
  it('json: writes one object per record', async () => {
    const output = new MemoryOutput();
    const { sink } = open({}, output);
    assert.deepEqual(await sink.write(LATENCY), { delivered: 1 });
    assert.equal(output.text, jsonLines(LATENCY));
  });

  it('a line with keywords: writes it once per exchange, and on a terminal nothing that could control it', async () => {
    const exchanges = eventBatchOf(
      { resource: LATENCY.resource, scope: LATENCY.scope, name: 'http.exchange', severityNumber: 9 },
      [{ time: [0, 0], attributes: { 'url.original': '/\x1b[2J' } }],
    );
    for (const [output, expected] of [
      [new MemoryOutput(), 'url=/\x1b[2J\n'],
      [new MemoryTerminal(), 'url=/.[2J\n'],
    ] as const) {
      const { sink } = open({ format: 'url=%request.url' }, output);
      assert.deepEqual(await sink.write(exchanges), { delivered: 1 });
      assert.deepEqual(await sink.write(LATENCY), {
        delivered: 0,
        rejected: { format_shows_no_metrics: 1 },
      });
      assert.equal(output.text, expected);
    }
  });

  it('debug: writes one line per record', async () => {
    const output = new MemoryOutput();
    const { sink } = open({ format: 'debug' }, output);
    await sink.write(LATENCY);
    await sink.write(metricsOf(sumOf('n', 'By', 'cumulative', [{ at: 1, value: 7, device: 'lo' }])));
    await sink.write(connects(['refused', 'established']));
    matchesGolden('debug.txt', output.text);
  });

  it('histogram: delivers histograms and says why it rejects events', async () => {
    const { sink } = open({ format: 'histogram' }, new MemoryOutput());
    assert.deepEqual(await sink.write(LATENCY), { delivered: 1, rejected: {} });
    const { delivered, rejected } = await sink.write(connects(['refused']));
    assert.deepEqual([delivered, rejected], [0, { format_shows_no_events: 1 }]);
  });

  for (const format of ['table', 'histogram', 'json', 'debug'] as const) {
    it(`${format}: previews whole lines for every kind of data`, () => {
      const preview = createPreview({ ...CONFIG, format });
      for (const batch of [LATENCY, connects(['refused'])]) assert.match(preview(batch), /\n$/);
    });
  }
});

describe('stdout: config', () => {
  it('allows only numbers of bars that the grid can be joined to', () => {
    const problems = (buckets: number): number => check({ ...CONFIG, buckets_per_octave: buckets }).length;
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8].map(problems), [0, 0, 1, 0, 1, 1, 1, 0]);
  });
});

describe('stdout: table', () => {
  it('prints a block per report_interval where there is no terminal, and a last report', async () => {
    const output = new MemoryOutput();
    const { sink, scheduler } = open({ format: 'table' }, output);
    await sink.start?.();
    sink.write(LATENCY);
    assert.equal(output.text, '');
    scheduler.maxFrames = 10_000;
    scheduler.flush();
    assert.match(output.text, /^lagpipe on alpha · 00:00:10 · 1 data points/);
    assert.ok(!output.text.includes('\x1b'), 'no colours, no cursor movements');
    await sink.stop?.();
    assert.match(output.text, /^lagpipe on alpha · the whole run, 00:00:10/m);
  });

  it('redraws in place on a terminal every refresh', async () => {
    const terminal = new MemoryTerminal();
    const { sink, scheduler } = open({ format: 'table' }, terminal);
    await sink.start?.();
    assert.match(terminal.text, /waiting for the first histogram/);
    sink.write(LATENCY);
    scheduler.maxFrames = 2000;
    scheduler.flush();
    // From the second drawing on, each begins with the cursor back at the first line of the one before.
    assert.equal(terminal.text.split(/\r\x1b\[\d+A/).length, 3);
    await sink.stop?.();
    assert.match(terminal.text, /the whole run/);
  });

  it('rejects points beyond its limit', async () => {
    const { sink } = open({ format: 'table', max_series: 1 }, new MemoryOutput());
    const batch = metricsOf(stackLatency(['a', 'b'].map((stage) => stagePoint(stage, -19, 1, 1))));
    assert.deepEqual(await sink.write(batch), { delivered: 1, rejected: { series_limit: 1 } });
  });
});

describe('stdout: a reader that goes away', () => {
  for (const format of ['json', 'table'] as const) {
    it(`${format}: fails with EPIPE, and nothing is uncaught`, async () => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'testdata/write-forever.ts'), format],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [code] = await once(child, 'exit');
      assert.equal(code, 42, 'the child saw EPIPE from write()');
    });
  }
});

describe('stdout: which attributes it reads', () => {
  for (const [config, expected] of [
    [{ format: 'json' }, undefined],
    [{ format: '%request.url %{server.port}' }, ['url.original', 'server.port']],
    [{ format: 'rows' }, undefined],
    [{ format: 'rows', columns: { A: '{time}', B: 'url.path', C: '{a}:{b}' } }, ['url.path', 'a', 'b']],
    [{ format: 'rows', columns: { A: '{*}' } }, undefined],
  ] as const) {
    it(JSON.stringify(config), () => {
      assert.deepEqual(attributesRead({ ...CONFIG, ...config }), expected);
    });
  }
});
