import { formatCount, formatQuantity, formatRate } from '../../../lib/human-number.ts';
import { type TableColumn, type TableRow, textTable } from '../../../lib/text-table.ts';
import { quantilesOf } from '../../../model/histogram-quantile.ts';
import type { LatencyRow, LatencyState, Quantile } from './latency.ts';
import type { RenderOptions } from './render-options.ts';
import { noRoomFor, type Section } from './section.ts';

/** The cells of one series, whether of its newest interval or of the whole run. */
interface Figures {
  readonly average: number;
  readonly max: number | undefined;
  readonly quantiles: ReadonlyMap<number, Quantile>;
}

const UNKNOWN = '–';
/** What a narrow terminal can do without, first to last. */
const LEAVES_FIRST = ['rate', 'p90', 'count'];

interface Listed {
  readonly row: LatencyRow;
  readonly figures: Figures;
}

/** Count, rate and quantiles of every histogram series, grouped by metric. */
export function latencySection(state: LatencyState, options: RenderOptions): Section {
  const { paint, wholeRun, maxRows, width } = options;
  if (state.rows.size === 0) {
    const why = wholeRun ? '  no histogram came' : '  waiting for the first histogram';
    return { head: [paint('bold', 'LATENCY')], rows: [paint('dim', why)], keep: 'first', foot: [] };
  }
  const { quantiles } = state;
  const listed = [...state.rows.values()]
    .slice(0, maxRows)
    .map((row): Listed => ({ row, figures: figuresOf(row, quantiles, wholeRun) }));
  const table = textTable(columnsFor(quantiles, options), tableRows(listed, quantiles, wholeRun), width);
  options.keepWidths('latency', table.widths);
  const notes = quantileNotes(listed, wholeRun);
  if (state.rows.size > maxRows) notes.push(`  ${state.rows.size - maxRows} more series (max_rows)`);
  return {
    head: [paint('bold', table.header)],
    rows: table.rows,
    keep: 'first',
    foot: [...notes.map((note) => paint('dim', note)), ...noRoomFor(table.left, paint)],
  };
}

function columnsFor(quantiles: readonly number[], { widthsOf, wholeRun }: RenderOptions): TableColumn[] {
  const measures = quantiles.length > 0 ? quantiles.map(quantileHeader) : ['average'];
  const headers = ['count', ...(wholeRun ? [] : ['rate']), ...measures, 'max'];
  const kept = widthsOf('latency', headers.length + 1);
  const figures = headers.map((header, index): TableColumn => {
    const rank = LEAVES_FIRST.indexOf(header);
    const minWidth = Math.max(6, kept[index + 1] ?? 0);
    return { header, align: 'right', minWidth, ...(rank !== -1 && { leaves: rank }) };
  });
  return [
    { header: 'LATENCY', align: 'left', minWidth: Math.max(20, kept[0] ?? 0), shrinks: true },
    ...figures,
  ];
}

/** 0.999 → `p99.9` */
function quantileHeader(quantile: number): string {
  return `p${Number((quantile * 100).toPrecision(6))}`;
}

/** A metric with several series, or with a labelled one, has a heading and its series below it. */
function tableRows(listed: readonly Listed[], columns: readonly number[], wholeRun: boolean): TableRow[] {
  const byMetric = Map.groupBy(listed, ({ row }) => row.metric);
  return [...byMetric].flatMap(([metric, series]): TableRow[] => {
    const [first] = series;
    if (series.length === 1 && first.row.label === '')
      return [[metric, ...cellsOf(first, columns, wholeRun)]];
    return [
      metric,
      ...series.map((each) => [
        `  ${each.row.label || '(no attributes)'}`,
        ...cellsOf(each, columns, wholeRun),
      ]),
    ];
  });
}

function figuresOf(row: LatencyRow, quantiles: readonly number[], wholeRun: boolean): Figures {
  const { run } = row.histogram;
  const point = wholeRun ? run : row.newest;
  const average = point && point.count > 0 ? point.sum / point.count : Number.NaN;
  if (!wholeRun || run === undefined) return { average, max: point?.max, quantiles: row.quantiles };
  const estimates = quantilesOf(run, quantiles).map(
    ({ quantile, value, relativeError }) => [quantile, { value, error: relativeError }] as const,
  );
  return { average, max: run.max, quantiles: new Map(estimates) };
}

function cellsOf({ row, figures }: Listed, columns: readonly number[], wholeRun: boolean): string[] {
  const { average, max, quantiles } = figures;
  const quantity = (value: number | undefined): string =>
    value === undefined ? UNKNOWN : formatQuantity(value, row.unit);
  const { run } = row.histogram;
  return [
    run === undefined ? UNKNOWN : formatCount(run.count),
    ...(wholeRun ? [] : [formatRate(row.ratePerSecond, '1')]),
    ...(columns.length > 0
      ? columns.map((column) => quantity(quantiles.get(column)?.value))
      : [quantity(average)]),
    quantity(max),
  ];
}

function quantileNotes(listed: readonly Listed[], wholeRun: boolean): string[] {
  const errors = listed.flatMap(({ figures }) =>
    Array.from(figures.quantiles.values(), ({ error }) => error),
  );
  if (errors.length === 0) return [];
  const span = wholeRun ? 'of the whole run' : 'of the newest interval with values';
  const bounded = errors.filter(Number.isFinite);
  const percent = (Math.max(0, ...bounded) * 100).toFixed(1);
  const open = bounded.length < errors.length ? '; some lie in a bucket without an upper bound' : '';
  return [`  quantiles ${span}, ±${percent} %${open}`];
}
