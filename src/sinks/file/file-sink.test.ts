import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { asyncScheduler } from 'rxjs';
import type { ComponentContext } from '../../component.ts';
import { type EventBatch, eventBatchOf } from '../../model/batch.ts';
import { jsonLines } from '../../model/json-lines.ts';
import type { PartStatus } from '../../model/telemetry.ts';
import { file as definition } from './index.ts';
import type { FileConfig } from './schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'lagpipe-file-sink-'));
after(() => rmSync(folder, { recursive: true }));

const scope = { name: 'test', version: '0' };
const resource = { attributes: { 'host.name': 'alpha' } };

function eventsOf(first: number, count: number): EventBatch {
  return eventBatchOf(
    { resource, scope, name: 'tcp.connect', severityNumber: 9 },
    Array.from({ length: count }, (_, index) => ({
      time: [1_795_262_400, index] as const,
      attributes: { number: first + index },
    })),
  );
}

function sinkOf(overrides: Partial<FileConfig> & { path: string }) {
  const statuses: PartStatus[] = [];
  const context: ComponentContext = {
    id: 'file',
    resource,
    scope,
    log: { info() {}, warn() {}, error() {} },
    scheduler: asyncScheduler,
    counters: { dropped() {}, created() {}, absorbed() {} },
    report: (status) => statuses.push(status),
  };
  const defaults = {
    format: 'ndjson',
    not_found: '-',
    unprintable: 'auto',
    append: true,
    create_directory: true,
    flush_interval: 1000,
  } as const;
  const config: FileConfig = { ...defaults, ...overrides };
  return { sink: definition.create(config as never, context), statuses };
}

describe('file', () => {
  it('writes JSON lines, whole batches in order, whoever waits', async () => {
    const path = join(folder, 'lines.ndjson');
    const { sink, statuses } = sinkOf({ path });
    await sink.start?.();
    const batches = Array.from({ length: 50 }, (_, index) => eventsOf(index * 100, 100));
    const results = await Promise.all(batches.map((batch) => sink.write(batch)));
    await sink.flush?.();
    await sink.stop?.();
    assert.ok(results.every((result) => result.delivered === 100 && result.rejected === undefined));
    assert.equal(readFileSync(path, 'utf8'), batches.map(jsonLines).join(''));
    assert.deepEqual(statuses, [{ part: '', state: 'live', detail: `writes to ${path}` }]);
  });

  it('writes a line with keywords once per exchange, and says what it has no line for', async () => {
    const path = join(folder, 'lines.log');
    const { sink } = sinkOf({ path, format: '%{number}%newline--' });
    await sink.start?.();
    const [first, second] = [sink.write(eventsOf(7, 2)), sink.write(eventsOf(9, 1))];
    assert.deepEqual(await Promise.all([first, second]), [{ delivered: 2 }, { delivered: 1 }]);
    const other = eventBatchOf({ resource, scope, name: 'other', severityNumber: 9 }, [
      { time: [0, 0], attributes: {} },
    ]);
    assert.deepEqual(await sink.write(other), {
      delivered: 0,
      rejected: { format_shows_other_events: 1 },
    });
    await sink.stop?.();
    assert.equal(readFileSync(path, 'utf8'), '7\n--\n8\n--\n9\n--\n');
  });

  it('writes one OTLP JSON object per batch', async () => {
    const path = join(folder, 'logs.jsonl');
    const { sink } = sinkOf({ path, format: 'otlp_json' });
    await sink.start?.();
    assert.deepEqual(await sink.write(eventsOf(0, 3)), { delivered: 3 });
    assert.deepEqual(await sink.write(eventsOf(3, 2)), { delivered: 2 });
    await sink.stop?.();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const counts = lines.map((line) => JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords.length);
    assert.deepEqual(counts, [3, 2]);
  });

  it('counts every record across rotation', async () => {
    const path = join(folder, 'rotated.ndjson');
    const { sink } = sinkOf({ path, rotation: { max_size: 5_000, max_files: 1000 } });
    await sink.start?.();
    let delivered = 0;
    for (let index = 0; index < 40; index++)
      delivered += (await sink.write(eventsOf(index * 25, 25))).delivered;
    await sink.stop?.();
    assert.equal(delivered, 1_000);
    const numbers = numbersIn(path);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      Array.from({ length: 1_000 }, (_, index) => index),
    );
  });

  it('rejects what a full disk does not take, says so once, and does not stop', async () => {
    const { sink, statuses } = sinkOf({ path: '/dev/full' });
    await sink.start?.();
    for (let index = 0; index < 3; index++) {
      assert.deepEqual(await sink.write(eventsOf(0, 7)), { delivered: 0, rejected: { disk_full: 7 } });
    }
    await sink.stop?.();
    assert.deepEqual(statuses.slice(1), [
      {
        part: '',
        state: 'degraded',
        detail: 'cannot write to /dev/full: the disk is full',
        remedy: 'free space, or limit the file with rotation',
      },
    ]);
  });

  it('says at the start what keeps it from opening the file', async () => {
    const { sink } = sinkOf({ path: folder });
    await assert.rejects(async () => sink.start?.(), {
      message: `cannot open ${folder}: it is a directory; write the name of a file in path`,
    });
    await sink.stop?.();
  });
});

function numbersIn(path: string): number[] {
  const numbers: number[] = [];
  for (let number = 0; ; number++) {
    let text: string;
    try {
      text = readFileSync(number === 0 ? path : `${path}.${number}`, 'utf8');
    } catch {
      return numbers;
    }
    assert.ok(number === 0 || text.length <= 5_000);
    for (const line of text.trimEnd().split('\n')) numbers.push(JSON.parse(line).attributes.number);
  }
}
