import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Subject, VirtualTimeScheduler } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import type { Chunk } from '../../component.ts';
import type { Metric } from '../../model/metric.ts';
import { acquireFiles, FILE_CHUNK } from './acquire-files.ts';
import { decodeFiles } from './decode-files.ts';
import { nic } from './index.ts';
import { type Card, HostFiles } from './testdata/host-files.ts';

const INTERVAL = 10_000;
const CPUS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Four queues, each with an IRQ for a CPU of its own, and one for events of the card. */
const CARD: Card = {
  name: 'eth0',
  ifindex: 2,
  driver: 'ixgbe',
  irqs: [0, 1, 2, 3].map((queue) => ({ irq: 100 + queue, cpus: String(2 * queue) })),
  rps: ['00', 'f0', '0f', '00'],
  xps: ['01', '02', '04', '08'],
  speed: 10_000,
  statistics: { rx_missed_errors: 5, rx_dropped: 7, collisions: 0 },
};

function actionsOf(counts: readonly (readonly number[])[]) {
  return counts.map((row, queue) => [100 + queue, row, `eth0-TxRx-${queue}`] as const);
}

/** Runs the source on a made-up host; `at` changes the host at a time. */
function measured(
  t: TestContext,
  host: HostFiles,
  given: { untilMillis: number; interfaces?: readonly string[]; at?: Readonly<Record<number, () => void>> },
) {
  t.after(() => host.remove());
  const scheduler = new VirtualTimeScheduler(undefined, given.untilMillis);
  const context = testContext(nic, { scheduler, stop$: new Subject<void>() });
  const decode = decodeFiles(given.interfaces ?? [], context);
  const looks: (readonly Metric[])[] = [];
  for (const [millis, change] of Object.entries(given.at ?? {})) scheduler.schedule(change, Number(millis));
  const subscription = acquireFiles(host.roots, INTERVAL, given.interfaces ?? [], context).subscribe(
    (chunk) => {
      const metrics = decode(chunk).flatMap((batch) => (batch.kind === 'metrics' ? batch.metrics : []));
      if (metrics.length > 0) looks.push(metrics);
    },
  );
  scheduler.flush();
  subscription.unsubscribe();
  return { looks, context };
}

/** Value of the points of a metric by one attribute. */
function values(
  metrics: readonly Metric[],
  name: string,
  by = 'network.interface.name',
): Record<string, number> {
  const points = metrics.find((metric) => metric.name === name)?.points ?? [];
  return Object.fromEntries(
    points.map((point) => [String(point.attributes[by]), 'value' in point ? point.value : Number.NaN]),
  );
}

function hostWith(...cards: readonly Card[]): HostFiles {
  const host = new HostFiles();
  host.online('0-7');
  for (const card of cards) host.card(card);
  return host;
}

const SPREAD = 'lagpipe.nic.irq_spread';

describe('nic: files of a card with four queues', () => {
  it('tells queues, speed, RPS, XPS, IRQs and the statistics of the kernel', (t) => {
    const host = hostWith(CARD);
    host.interrupts(CPUS, actionsOf([0, 1, 2, 3].map(() => CPUS.map(() => 1000))));
    const { looks, context } = measured(t, host, { untilMillis: 1000 });
    const [metrics] = looks;
    assert.deepEqual(values(metrics, 'lagpipe.nic.queues', 'network.io.direction'), {
      receive: 4,
      transmit: 4,
    });
    assert.deepEqual(values(metrics, 'lagpipe.nic.speed'), { eth0: 10e9 });
    assert.deepEqual(values(metrics, 'lagpipe.nic.rps.queues'), { eth0: 2 });
    assert.deepEqual(values(metrics, 'lagpipe.nic.rps.cpus'), { eth0: 8 });
    assert.deepEqual(values(metrics, 'lagpipe.nic.xps.cpus'), { eth0: 4 });
    assert.deepEqual(values(metrics, 'lagpipe.nic.statistic', 'lagpipe.nic.statistic.name'), {
      rx_missed_errors: 5,
      rx_dropped: 7,
      collisions: 0,
    });
    const irqs = metrics.find(({ name }) => name === 'lagpipe.nic.irq.info')?.points ?? [];
    assert.deepEqual(irqs[1].attributes, {
      'network.interface.name': 'eth0',
      'lagpipe.nic.irq': '101',
      'lagpipe.nic.queue': 'eth0-TxRx-1',
      'lagpipe.nic.irq.affinity': '2',
      'lagpipe.nic.irq.effective_affinity': '2',
    });
    assert.deepEqual(values(metrics, `${SPREAD}.score`), {}, 'a spread needs two looks');
    assert.match(context.statuses.map(({ detail }) => detail).join(), /4 receive and 4 send queues, 4 IRQs/);
  });

  it('finds interrupts that are spread as well as the queues allow', (t) => {
    const host = hostWith(CARD);
    const counts = (each: number) =>
      actionsOf([0, 1, 2, 3].map((q) => CPUS.map((cpu) => (cpu === 2 * q ? each : 3))));
    host.interrupts(CPUS, counts(1000));
    const { looks } = measured(t, host, {
      untilMillis: 11_000,
      at: { 5000: () => host.interrupts(CPUS, counts(31_000)) },
    });
    assert.deepEqual(values(looks[1], `${SPREAD}.score`), { eth0: 1 });
    assert.deepEqual(values(looks[1], `${SPREAD}.expected`), { eth0: 4 });
    assert.deepEqual(values(looks[1], `${SPREAD}.rate`), { eth0: 12_000 });
    assert.equal(values(looks[1], 'lagpipe.nic.interrupts', 'cpu.logical_number')[4], 30_000);
    assert.equal(values(looks[1], 'lagpipe.nic.queue.interrupts', 'lagpipe.nic.irq')['103'], 30_000);
  });

  it('finds interrupts that all go to one CPU, also across a wrap of 32 bits', (t) => {
    const irqs = CARD.irqs.map(({ irq }) => ({ irq, cpus: '0-7' }));
    const host = hostWith({ ...CARD, irqs });
    const counts = (onThree: number) =>
      actionsOf([0, 1, 2, 3].map(() => CPUS.map((cpu) => (cpu === 3 ? onThree : 9))));
    host.interrupts(CPUS, counts(4_294_967_000));
    const { looks } = measured(t, host, {
      untilMillis: 11_000,
      at: { 5000: () => host.interrupts(CPUS, counts(704)) },
    });
    assert.deepEqual(values(looks[1], `${SPREAD}.score`), { eth0: 0.25 });
    assert.deepEqual(values(looks[1], `${SPREAD}.max_share`), { eth0: 1 });
    assert.deepEqual(values(looks[1], `${SPREAD}.busiest_cpu`), { eth0: 3 });
    assert.equal(values(looks[1], 'lagpipe.nic.interrupts', 'cpu.logical_number')[3], 4000);
  });

  it('never lets a sum fall when queues go away, and counts a CPU that was offline on', (t) => {
    const host = hostWith(CARD);
    host.interrupts(
      [0, 1],
      actionsOf([
        [50, 5],
        [60, 6],
      ]),
    );
    const { looks } = measured(t, host, {
      untilMillis: 31_000,
      at: {
        5000: () =>
          host.interrupts(
            [0, 1],
            actionsOf([
              [150, 15],
              [160, 16],
            ]),
          ),
        15000: () => host.interrupts([0], actionsOf([[151]])),
        25000: () => host.interrupts([0, 1], actionsOf([[152, 18]])),
      },
    });
    const sums = looks.map((metrics) => values(metrics, 'lagpipe.nic.interrupts', 'cpu.logical_number'));
    assert.deepEqual(sums, [
      { 0: 0, 1: 0 },
      { 0: 200, 1: 20 },
      { 0: 201, 1: 20 },
      { 0: 202, 1: 23 },
    ]);
  });
});

describe('nic: files of other interfaces', () => {
  it('finds the IRQs of virtio one above the device', (t) => {
    const host = hostWith({ ...CARD, driver: 'virtio_net', isVirtio: true });
    host.interrupts(CPUS, []);
    const { context } = measured(t, host, { untilMillis: 1000 });
    assert.match(context.statuses[0].detail, /4 IRQs/);
  });

  it('finds IRQs by their names where there is no device, and no others', (t) => {
    const { driver: _, ...bare } = { ...CARD, irqs: [] };
    const host = hostWith(bare);
    host.interrupts(CPUS, [
      [7, CPUS, 'eth0'],
      [8, CPUS, 'eth0-rx-1'],
      [9, CPUS, 'eth01-rx-1'],
      [10, CPUS, 'nvme0q1'],
    ]);
    const { context } = measured(t, host, { untilMillis: 1000 });
    assert.match(context.statuses[0].detail, /2 IRQs/);
  });

  it('says once that an interface has none', (t) => {
    const { driver: _, speed: __, ...bare } = { ...CARD, name: 'veth1', irqs: [] };
    const host = hostWith(bare);
    host.interrupts(CPUS, [[10, CPUS, 'nvme0q1']]);
    const { looks, context } = measured(t, host, { untilMillis: 31_000 });
    assert.equal(looks.length, 4);
    assert.deepEqual(
      context.statuses.map(({ part, state }) => [part, state]),
      [['queues of veth1', 'degraded']],
    );
    assert.match(context.statuses[0].detail, /no IRQ is known to be its own/);
    assert.deepEqual(values(looks[3], 'lagpipe.nic.speed'), {});
  });

  it('looks at interfaces with a device, or at those that are named', (t) => {
    const { driver: _, ...bare } = { ...CARD, name: 'veth1', irqs: [] };
    const seen = (interfaces: readonly string[]) => {
      const host = hostWith(CARD, bare);
      host.interrupts(CPUS, []);
      const { looks } = measured(t, host, { untilMillis: 1000, interfaces });
      return Object.keys(values(looks[0], 'lagpipe.nic.rps.cpus'));
    };
    assert.deepEqual(seen([]), ['eth0']);
    assert.deepEqual(seen(['veth1', 'not-there']), ['veth1']);
  });

  it('says once that a named interface is not there', (t) => {
    const host = hostWith(CARD);
    host.interrupts(CPUS, []);
    const { context } = measured(t, host, { untilMillis: 31_000, interfaces: ['eth0', 'eth9'] });
    const missing = context.statuses.filter(({ part }) => part === 'queues of eth9');
    assert.equal(missing.length, 1);
    assert.match(missing[0].detail, /no \/sys\/class\/net\/eth9/);
  });

  it('takes an interface of the same name with another index for another one', (t) => {
    const host = hostWith(CARD);
    host.interrupts(CPUS, []);
    const { looks } = measured(t, host, {
      untilMillis: 21_000,
      at: {
        5000: () =>
          host.card({ name: 'eth0', ifindex: 2, irqs: [], rps: [], xps: [], statistics: { rx_dropped: 9 } }),
        15000: () =>
          host.card({ name: 'eth0', ifindex: 3, irqs: [], rps: [], xps: [], statistics: { rx_dropped: 12 } }),
      },
    });
    const dropped = looks.map((metrics) => {
      const points = metrics.find(({ name }) => name === 'lagpipe.nic.statistic')?.points ?? [];
      const point = points.find(
        ({ attributes }) => attributes['lagpipe.nic.statistic.name'] === 'rx_dropped',
      );
      return point !== undefined && 'value' in point ? [point.startTime?.[0], point.value] : undefined;
    });
    assert.deepEqual(dropped, [
      [0, 7],
      [0, 9],
      [20, 12],
    ]);
  });
});

describe('nic: any text in its files', () => {
  it('never makes it throw, and every value is a number', () => {
    const names = fc.constantFrom(...Object.values(FILE_CHUNK));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            'eth0',
            'net/eth0/',
            'queues/rx-0/rps_cpus',
            'irqs/7',
            'statistics/rx_dropped',
            ' ',
            '\n',
            '5',
            '-1',
            'CPU0',
            ':',
          ),
          { maxLength: 40 },
        )
        .map((words) => words.join('')),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(names, text), { maxLength: 12 }), (inputs) => {
        const decode = decodeFiles(['eth9'], testContext(nic));
        for (const [name, value] of inputs) {
          const chunk: Chunk = { name, time: [1, 0], bytes: new TextEncoder().encode(value) };
          for (const batch of decode(chunk)) {
            if (batch.kind !== 'metrics') continue;
            for (const { points } of batch.metrics) {
              for (const point of points) assert.ok('value' in point && Number.isFinite(point.value));
            }
          }
        }
      }),
    );
  });
});
