import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { styleText } from 'node:util';
import { displayWidth } from '../../../lib/text-width.ts';
import {
  connects,
  findings,
  metricsOf,
  NOON_SECONDS,
  quantileGauge,
  secondAfterNoon,
  stackLatency,
  stagePoint,
  sumOf,
} from '../testdata/batches.ts';
import { matchesGolden } from '../testdata/golden.ts';
import { type Frame, TableView, type TableViewOptions } from './table-view.ts';

process.env.TZ = 'UTC';

const OPTIONS: TableViewOptions = {
  events: 5,
  countBy: 'lagpipe.tcp.outcome',
  columns: undefined,
  showZero: false,
  maxRows: 50,
  maxSeries: 2000,
  openedAtMillis: NOON_SECONDS * 1000,
};
const FRAME: Frame = {
  width: 120,
  height: Number.POSITIVE_INFINITY,
  nowMillis: (NOON_SECONDS + 83) * 1000,
  paint: (_, text) => text,
  wholeRun: false,
};

function text(view: TableView, frame: Partial<Frame> = {}): string {
  return `${view.lines({ ...FRAME, ...frame }).join('\n')}\n`;
}

/** Two intervals of everything: stages with quantiles, connects, counters of both temporalities, a gauge. */
function busyView(options: Partial<TableViewOptions> = {}): TableView {
  const view = new TableView({ ...OPTIONS, ...options });
  for (const at of [1, 2]) {
    const stages = [
      stagePoint('ip-start', -19, 1240 * at, at),
      stagePoint('udp-start', -18, at === 1 ? 3 : 0, at),
      stagePoint('tcp-socket-read', -9, 12, at),
    ];
    view.take(metricsOf(stackLatency(stages), quantileGauge(stages)));
    view.take(
      metricsOf(
        sumOf('system.network.io', 'By', 'cumulative', [
          { at, value: 5_000_000 * at, device: 'eth0' },
          { at, value: 70_000, device: 'veth1' },
          { at, value: 1_000 + 300 * at, device: 'lo' },
        ]),
        sumOf('lagpipe.stack.skipped', '{packet}', 'delta', [{ at, value: 3 }]),
        {
          kind: 'gauge',
          name: 'linux.sockstat.sockets',
          unit: '{socket}',
          description: '',
          points: [{ ...secondAfterNoon(at), attributes: { 'network.transport': 'tcp' }, value: 213 }],
        },
      ),
    );
  }
  view.take(connects(['established', 'refused', 'established', 'timed_out', 'established', 'established']));
  return view;
}

describe('TableView', () => {
  it('draws everything on a wide terminal', () => matchesGolden('table-120.txt', text(busyView())));

  it('leaves columns out on a narrow one', () => {
    matchesGolden('table-80.txt', text(busyView(), { width: 80 }));
  });

  it('takes rows from the longest section on a low one', () => {
    const drawn = text(busyView(), { width: 80, height: 18 });
    assert.ok(drawn.trimEnd().split('\n').length <= 18);
    matchesGolden('table-80x18.txt', drawn);
  });

  it('reports the whole run with quantiles of its own', () => {
    matchesGolden('table-whole-run.txt', text(busyView(), { wholeRun: true }));
  });

  it('says what it waits for', () => matchesGolden('table-empty.txt', text(new TableView(OPTIONS))));

  it('shows averages as long as nobody computes quantiles, and zero counters on request', () => {
    const view = new TableView({ ...OPTIONS, showZero: true });
    view.take(metricsOf(stackLatency([stagePoint('ip-start', -19, 8, 1)])));
    view.take(metricsOf(sumOf('errors', '1', 'delta', [{ at: 1, value: 0 }])));
    matchesGolden('table-averages.txt', text(view));
  });

  it('lists events by the columns of the config', () => {
    const columns = { WHEN: '{time}', PROCESS: '{thread.name} ({process.pid})', NONE: 'no.such.attribute' };
    matchesGolden('table-columns.txt', text(busyView({ columns })));
  });

  it('shows the findings that hold, and those no more that were cleared', () => {
    const view = new TableView(OPTIONS);
    view.take(findings('raised', 'K1', 'Q1'));
    view.take(findings('changed', 'K1'));
    view.take(findings('cleared', 'Q1'));
    const drawn = text(view);
    assert.match(
      drawn,
      /^FINDINGS {2}4 told since the start, 1 hold\nWARN {2}Something is wrong \(K1\) · this host/m,
    );
    assert.doesNotMatch(drawn, /\(Q1\)/);
  });

  it('counts what it has no room to remember', () => {
    const view = new TableView({ ...OPTIONS, maxSeries: 2 });
    const stages = ['ip-start', 'tcp-start', 'udp-start'].map((stage) => stagePoint(stage, -19, 5, 1));
    assert.equal(view.take(metricsOf(stackLatency(stages), quantileGauge(stages))), 3);
    assert.match(text(view), /^3 records of series beyond the first 2 are not shown \(max_series\)$/m);
  });

  it('never exceeds the terminal, coloured or not', () => {
    const paint: Frame['paint'] = (style, line) => styleText(style, line, { validateStream: false });
    for (const width of [20, 40, 79, 119]) {
      for (const height of [3, 10, 24, 60]) {
        const lines = busyView().lines({ ...FRAME, width, height, paint });
        assert.ok(lines.length <= height, `${lines.length} lines on ${height}`);
        for (const line of lines) assert.ok(displayWidth(line) <= width, line);
      }
    }
  });

  it('keeps its columns in place while numbers get shorter', () => {
    const view = busyView();
    const header = (): string => view.lines(FRAME)[2];
    const before = header();
    const stages = [stagePoint('ip-start', 0, 1, 3)];
    view.take(metricsOf(stackLatency(stages), quantileGauge(stages)));
    assert.equal(header(), before);
  });
});
