import { formatQuantity, formatRate } from '../../../lib/human-number.ts';
import { type TableColumn, type TableRow, textTable } from '../../../lib/text-table.ts';
import { averageRate, type CounterRow, type CounterState } from './counters.ts';
import type { RenderOptions } from './render-options.ts';
import type { Section } from './section.ts';

/** Rate and total of counters, value of gauges; by default only of those that are not zero. */
export function counterSection(state: CounterState, options: RenderOptions): Section {
  const { paint, showZero, maxRows, wholeRun } = options;
  if (state.rows.size === 0) {
    const why = wholeRun ? '  no sum or gauge came' : '  waiting for the first sum or gauge';
    return { head: [paint('bold', 'COUNTERS')], rows: [paint('dim', why)], keep: 'first', foot: [] };
  }
  const moving = [...state.rows.values()].filter((row) => showZero || row.value !== 0);
  const listed = moving.slice(0, maxRows);
  const table = textTable(columnsFor(options), tableRows(listed, options), options.width);
  options.keepWidths('counters', table.widths);
  const foot = footnotes(state.rows.size - moving.length, moving.length - listed.length);
  return {
    head: [paint('bold', table.header)],
    rows: table.rows,
    keep: 'first',
    foot: foot.map((line) => paint('dim', line)),
  };
}

function columnsFor({ widthsOf, wholeRun }: RenderOptions): TableColumn[] {
  const kept = widthsOf('counters', 3);
  return [
    { header: 'COUNTERS', align: 'left', minWidth: Math.max(20, kept[0] ?? 0), shrinks: true },
    { header: wholeRun ? 'mean rate' : 'rate', align: 'right', minWidth: Math.max(11, kept[1] ?? 0) },
    { header: 'total', align: 'right', minWidth: Math.max(9, kept[2] ?? 0) },
  ];
}

function tableRows(rows: readonly CounterRow[], { paint, wholeRun }: RenderOptions): TableRow[] {
  return [...Map.groupBy(rows, (row) => row.metric)].flatMap(([metric, series]): TableRow[] => {
    if (series.length === 1) {
      const [only] = series;
      return [
        [only.label === '' ? metric : `${metric} ${paint('dim', only.label)}`, ...cellsOf(only, wholeRun)],
      ];
    }
    return [
      metric,
      ...series.map((row) => [`  ${row.label || '(no attributes)'}`, ...cellsOf(row, wholeRun)]),
    ];
  });
}

function cellsOf(row: CounterRow, wholeRun: boolean): string[] {
  const rate = wholeRun ? averageRate(row) : row.ratePerSecond;
  return [row.isLevel ? '' : formatRate(rate, row.unit), formatQuantity(row.value, row.unit)];
}

function footnotes(zero: number, beyondLimit: number): string[] {
  return [
    ...(beyondLimit > 0 ? [`  ${beyondLimit} more series (max_rows)`] : []),
    ...(zero > 0 ? [`  ${zero} series at zero since the start are hidden (show_zero)`] : []),
  ];
}
