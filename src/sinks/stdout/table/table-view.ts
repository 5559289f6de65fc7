import { formatCount } from '../../../lib/human-number.ts';
import type { Paint } from '../../../lib/terminal.ts';
import { cutToWidth, printable } from '../../../lib/text-width.ts';
import type { MetricBatch } from '../../../model/batch.ts';
import { type Batch, recordsIn } from '../../../model/batch.ts';
import { type UnixTime, unixTimeFromMillis } from '../../../model/time.ts';
import { formatElapsed } from '../clock-text.ts';
import { counterSection } from './counter-section.ts';
import { CounterState } from './counters.ts';
import type { EventColumns } from './event-columns.ts';
import { eventSections } from './event-section.ts';
import { EventState } from './events.ts';
import { LatencyState } from './latency.ts';
import { latencySection } from './latency-section.ts';
import { type RenderOptions, stickyWidths } from './render-options.ts';
import { layOut, type Section } from './section.ts';
import { SeriesBudget } from './series-budget.ts';

export interface TableViewOptions {
  /** How many of the newest events to show. */
  readonly events: number;
  readonly countBy: string;
  readonly columns: EventColumns | undefined;
  readonly showZero: boolean;
  readonly maxRows: number;
  readonly maxSeries: number;
  readonly openedAtMillis: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly nowMillis: number;
  readonly paint: Paint;
  readonly wholeRun: boolean;
}

/** What the table knows, and how it looks at a moment. No I/O and no clock. */
export class TableView {
  readonly #options: TableViewOptions;
  readonly #budget: SeriesBudget;
  readonly #latency: LatencyState;
  readonly #counters: CounterState;
  readonly #events: EventState;
  readonly #widths = stickyWidths();
  #points = 0;
  #eventCount = 0;
  #host = '';

  constructor(options: TableViewOptions) {
    const openedAt: UnixTime = unixTimeFromMillis(options.openedAtMillis);
    this.#options = options;
    this.#budget = new SeriesBudget(options.maxSeries);
    this.#latency = new LatencyState(this.#budget, openedAt);
    this.#counters = new CounterState(this.#budget, openedAt);
    this.#events = new EventState(options.events, options.countBy);
  }

  /** Takes a batch in and returns how many of its records the table has no room to remember. */
  take(batch: Batch): number {
    this.#host ||= String(batch.resource.attributes['host.name'] ?? '');
    const refused =
      batch.kind === 'events' ? (this.#events.take(batch) ? 0 : batch.length) : this.#takeMetrics(batch);
    if (batch.kind === 'events') this.#eventCount += batch.length;
    else this.#points += recordsIn(batch);
    this.#budget.refusedPoints += refused;
    return refused;
  }

  lines(frame: Frame): string[] {
    const { paint, height } = frame;
    const options = this.#renderOptions(frame);
    const sections: Section[] = [
      latencySection(this.#latency, options),
      ...eventSections(this.#events, this.#options.columns, options),
      counterSection(this.#counters, options),
      ...this.#overflow(paint),
    ];
    const lines = layOut(this.#title(frame), sections, height, paint);
    return lines.map((line) => cutToWidth(line, frame.width));
  }

  /** Only the sections that hold something, without title and limits. */
  batchLines(): string[] {
    const options = this.#renderOptions({
      width: Number.POSITIVE_INFINITY,
      paint: (_, text) => text,
      wholeRun: false,
    });
    const sections: Section[] = [];
    if (this.#latency.rows.size > 0) sections.push(latencySection(this.#latency, options));
    if (this.#events.logs.size > 0) {
      sections.push(...eventSections(this.#events, this.#options.columns, options));
    }
    if (this.#counters.rows.size > 0) sections.push(counterSection(this.#counters, options));
    return sections.flatMap(({ head, rows, foot }) => [...head, ...rows, ...foot]);
  }

  #renderOptions(frame: Pick<Frame, 'width' | 'paint' | 'wholeRun'>): RenderOptions {
    const { showZero, maxRows } = this.#options;
    return { ...frame, showZero, maxRows, ...this.#widths };
  }

  #takeMetrics({ resource, metrics }: MetricBatch): number {
    let refused = 0;
    for (const metric of metrics) {
      if (metric.kind === 'histogram' || metric.kind === 'exponential_histogram') {
        for (const point of metric.points) {
          if (!this.#latency.takeHistogram(resource, metric, point)) refused++;
        }
        continue;
      }
      for (const point of metric.points) {
        const taken = LatencyState.isQuantile(metric, point)
          ? this.#latency.takeQuantile(resource, metric, point)
          : this.#counters.take(resource, metric, point);
        if (!taken) refused++;
      }
    }
    return refused;
  }

  #title({ nowMillis, paint, wholeRun }: Frame): string {
    const host = this.#host === '' ? '' : ` on ${printable(this.#host)}`;
    const elapsed = formatElapsed(nowMillis - this.#options.openedAtMillis);
    const received = `${formatCount(this.#points)} data points, ${formatCount(this.#eventCount)} events`;
    return `${paint('bold', 'lagpipe')}${host} · ${wholeRun ? 'the whole run, ' : ''}${elapsed} · ${received}`;
  }

  #overflow(paint: Paint): Section[] {
    const { refusedPoints, limit } = this.#budget;
    if (refusedPoints === 0) return [];
    const line = `${formatCount(refusedPoints)} records of series beyond the first ${limit} are not shown (max_series)`;
    return [{ head: [paint('yellow', line)], rows: [], keep: 'first', foot: [] }];
  }
}
