import { interval, type SchedulerLike, type Subscription } from 'rxjs';
import type { SinkInstance } from '../../../component.ts';
import { liveRegion, sizeOf } from '../../../lib/live-region.ts';
import { canRedraw, paintWith, takesColour } from '../../../lib/terminal.ts';
import { type Batch, recordsIn } from '../../../model/batch.ts';
import type { StdoutConfig } from '../config.ts';
import { type OutputStream, outputOf } from '../output.ts';
import { TableView } from './table-view.ts';

/** A view that is redrawn in place on a terminal, a block from time to time elsewhere, and a last report. */
export function tableSink(
  config: StdoutConfig,
  scheduler: SchedulerLike,
  stream: OutputStream,
): SinkInstance {
  const view = viewOf(config, scheduler.now());
  const output = outputOf(stream);
  const isLive = canRedraw(stream);
  const region = isLive ? liveRegion(stream) : undefined;
  const paint = paintWith(takesColour(stream));
  let timer: Subscription | undefined;
  let printing: Promise<void> | undefined;

  const linesOf = (wholeRun: boolean, height: number): string[] => {
    const width = stream.isTTY ? sizeOf(stream).columns - 1 : Number.POSITIVE_INFINITY;
    return view.lines({ width, height, nowMillis: scheduler.now(), paint, wholeRun });
  };
  const redraw = (): void => region?.show(linesOf(false, sizeOf(stream).rows - 1));
  const printBlock = (): void => {
    // A reader that is behind misses a block, which the next one makes good: it is about everything so far.
    printing ??= output
      .write(blockOf(linesOf(false, Number.POSITIVE_INFINITY)))
      // Heard by the next write, through `output.failure`.
      .catch(() => {})
      .finally(() => {
        printing = undefined;
      });
  };
  return {
    async start() {
      if (isLive) redraw();
      const period = isLive ? config.refresh : config.report_interval;
      timer = interval(period, scheduler).subscribe(isLive ? redraw : printBlock);
    },
    write(batch) {
      if (output.failure !== undefined) throw output.failure;
      const refused = view.take(batch);
      const delivered = recordsIn(batch) - refused;
      return refused === 0 ? { delivered } : { delivered, rejected: { series_limit: refused } };
    },
    async stop() {
      timer?.unsubscribe();
      region?.clear();
      await printing;
      await output.write(blockOf(linesOf(true, Number.POSITIVE_INFINITY)));
    },
  };
}

/** The sections that one batch alone would fill. */
export function tablePreview(config: StdoutConfig): (batch: Batch) => string {
  return (batch) => {
    const view = viewOf(config, 0);
    view.take(batch);
    return blockOf(view.batchLines());
  };
}

function viewOf(config: StdoutConfig, openedAtMillis: number): TableView {
  return new TableView({
    events: config.events,
    countBy: config.count_events_by,
    columns: config.columns,
    showZero: config.show_zero,
    maxRows: config.max_rows,
    maxSeries: config.max_series,
    openedAtMillis,
  });
}

function blockOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n\n`;
}
