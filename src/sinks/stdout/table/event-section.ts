import { formatCount } from '../../../lib/human-number.ts';
import { type TableColumn, textTable } from '../../../lib/text-table.ts';
import { printable } from '../../../lib/text-width.ts';
import { FINDING_EVENT, findingKey, findingOf, type TrackedFinding } from '../../../model/finding.ts';
import { findingParagraph } from '../../../model/finding-text.ts';
import { defaultColumns, type EventColumns, eventCell, isNumeric, LEAVES_FIRST } from './event-columns.ts';
import type { EventLog, EventState } from './events.ts';
import type { RenderOptions } from './render-options.ts';
import { noRoomFor, type Section } from './section.ts';

/** For each event name its counts since the start and its newest events. */
export function eventSections(
  state: EventState,
  columns: EventColumns | undefined,
  options: RenderOptions,
): Section[] {
  const { paint, wholeRun } = options;
  if (state.logs.size === 0) {
    const rows = [paint('dim', wholeRun ? '  no event came' : '  waiting for the first event')];
    return [{ head: [paint('bold', 'EVENTS')], rows, keep: 'last', foot: [] }];
  }
  return Array.from(state.logs.values(), (log) =>
    log.name === FINDING_EVENT.name && columns === undefined
      ? findingSection(log, options)
      : logSection(log, columns, options),
  );
}

/** What is wrong now, the newest word on each finding. */
function findingSection({ newest, count }: EventLog, { paint, width }: RenderOptions): Section {
  const latest = new Map<string, TrackedFinding>();
  for (const { attributes } of newest) {
    const finding = findingOf(attributes);
    if (finding === undefined) continue;
    latest.delete(findingKey(finding));
    if (finding.state !== 'cleared') latest.set(findingKey(finding), finding);
  }
  const rows = [...latest.values()].flatMap((finding) => findingParagraph(finding, width, paint));
  const told = `${formatCount(count)} told since the start, ${latest.size} hold`;
  return { head: [`${paint('bold', 'FINDINGS')}  ${told}`], rows, keep: 'first', foot: [] };
}

function logSection(log: EventLog, configured: EventColumns | undefined, options: RenderOptions): Section {
  const { paint, width } = options;
  const columns = configured ?? defaultColumns(log.name);
  const table = textTable(
    tableColumns(log, columns, configured === undefined, options),
    log.newest.map((event) => Object.values(columns).map((column) => eventCell(column, event))),
    width,
  );
  options.keepWidths(`event ${log.name}`, table.widths);
  const rows = table.rows.map((row, index) =>
    log.newest[index].attributes['error.type'] === undefined ? row : paint('yellow', row),
  );
  const title = `${paint('bold', printable(log.name))}  ${counts(log)}`;
  return {
    head: rows.length === 0 ? [title] : [title, paint('dim', table.header)],
    rows,
    keep: 'last',
    foot: noRoomFor(table.left, paint),
  };
}

/** `412 since the start: 397 established, 12 refused` */
function counts({ count, countBy }: EventLog): string {
  const groups = Array.from(countBy, ([value, events]) => `${formatCount(events)} ${printable(value)}`);
  return `${formatCount(count)} since the start${groups.length > 0 ? `: ${groups.join(', ')}` : ''}`;
}

/** Columns that the user chose all stay; of the ready-made ones, a narrow terminal shows fewer. */
function tableColumns(
  log: EventLog,
  columns: EventColumns,
  mayLeave: boolean,
  options: RenderOptions,
): TableColumn[] {
  const kept = options.widthsOf(`event ${log.name}`, Object.keys(columns).length);
  return Object.entries(columns).map(([header, column], index) => {
    const numeric = isNumeric(log.newest.map((event) => eventCell(column, event)));
    const rank = LEAVES_FIRST.indexOf(header);
    return {
      header,
      align: numeric ? 'right' : 'left',
      minWidth: kept[index] ?? 0,
      shrinks: !numeric && column !== '{time}',
      ...(mayLeave && rank !== -1 && { leaves: rank }),
    };
  });
}
