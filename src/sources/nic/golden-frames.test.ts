import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../lib/package-root.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { recordingContext } from '../../loader/testdata/harness.ts';
import type { Metric } from '../../model/metric.ts';
import { unixTimeFromNanos } from '../../model/time.ts';
import { decodeDrivers } from './decode-drivers.ts';

/** Frames that the loader's own code wrote (loader/test/golden_nic.c), each beside its values as JSON. */
const FOLDER = join(packageRoot('lagpipe', import.meta.url) ?? '', 'test', 'golden', 'frames');

type BothWays = readonly [receive: number, transmit: number];

interface GoldenInterface {
  readonly time_unix_ns: string;
  readonly interface: string;
  readonly driver: string;
  readonly version: string;
  readonly firmware: string;
  readonly bus: string;
  readonly refused: number;
  readonly ring: BothWays;
  readonly ring_max: BothWays;
  readonly queues_max: BothWays;
  readonly statistics: number;
  readonly left_out: number;
}

function recordsOf<R>(name: string): readonly R[] {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')).records;
}

function decoded(...names: readonly string[]) {
  const { context, dropped, reports } = recordingContext();
  const decode = decodeDrivers(context);
  decode({ time: [1, 2], name: CHUNK.start, bytes: new Uint8Array(0) });
  const batches = names.flatMap((name) => {
    const bytes = readFileSync(join(FOLDER, `${name}.bin`));
    return decode({ time: [1, 2], name: CHUNK.frames, bytes });
  });
  assert.deepEqual(dropped, {});
  const metrics: Metric[] = batches.flatMap((batch) => (batch.kind === 'metrics' ? batch.metrics : []));
  return { metrics, reports };
}

function pointsOf(metrics: readonly Metric[], name: string) {
  return metrics.find((metric) => metric.name === name)?.points ?? [];
}

test('nic_interface: every field arrives when the round ends, and what a driver does not tell is absent', () => {
  const { metrics, reports } = decoded('nic_interface', 'nic_tick');
  const records = recordsOf<GoldenInterface>('nic_interface');
  const time = (record: GoldenInterface) => unixTimeFromNanos(BigInt(record.time_unix_ns));
  const info = records.map((record) => ({
    attributes: {
      'network.interface.name': record.interface,
      'lagpipe.nic.driver': record.driver,
      'lagpipe.nic.driver.version': record.version,
      'lagpipe.nic.firmware.version': record.firmware,
      'lagpipe.nic.bus': record.bus,
    },
    time: time(record),
    value: 1,
  }));
  assert.deepEqual(pointsOf(metrics, 'lagpipe.nic.info'), info);
  const [telling] = records;
  for (const [name, values] of [
    ['ring.size', telling.ring],
    ['ring.max', telling.ring_max],
    ['queues.max', telling.queues_max],
  ] as const) {
    const expected = values.map((value, direction) => ({
      attributes: {
        'network.interface.name': telling.interface,
        'network.io.direction': direction === 0 ? 'receive' : 'transmit',
      },
      time: time(telling),
      value,
    }));
    assert.deepEqual(pointsOf(metrics, `lagpipe.nic.${name}`), expected, name);
  }
  assert.deepEqual(
    reports.map(({ part, state }) => [part, state]),
    [
      [telling.interface, 'degraded'],
      [records[1].interface, 'degraded'],
    ],
  );
  assert.match(reports[0].detail, new RegExp(`^${telling.left_out} statistics of driver-0 are left out$`));
  assert.match(reports[1].detail, /^driver-1 tells no statistics .*\/sys\/class\/net\/.*softnet/);
});

test('nic_statistic: every field arrives when the round ends', () => {
  const { metrics } = decoded('nic_statistic', 'nic_tick');
  const records = recordsOf<{ interface: string; name: string; value: number }>('nic_statistic');
  assert.deepEqual(
    pointsOf(metrics, 'lagpipe.nic.statistic').map((point) => [
      point.attributes,
      'value' in point && point.value,
    ]),
    records.map(({ interface: name, name: statistic, value }) => [
      {
        'network.interface.name': name,
        'lagpipe.nic.statistic.name': statistic,
        'lagpipe.nic.statistic.origin': 'driver',
      },
      value,
    ]),
  );
});

test('a name that a driver gives twice is one series, and the other is counted', () => {
  const { context, dropped } = recordingContext();
  const decode = decodeDrivers(context);
  const statistics = readFileSync(join(FOLDER, 'nic_statistic.bin'));
  const tick = readFileSync(join(FOLDER, 'nic_tick.bin'));
  const bytes = Buffer.concat([statistics, statistics, tick]);
  const [batch] = decode({ time: [1, 2], name: CHUNK.frames, bytes });
  assert.ok(batch.kind === 'metrics');
  assert.equal(pointsOf(batch.metrics, 'lagpipe.nic.statistic').length, 3);
  assert.deepEqual(dropped, { duplicate_name: 3 });
});
