import { formatSeconds } from '../../lib/duration.ts';
import { formatBytes, formatCount, formatQuantity, formatRate } from '../../lib/human-number.ts';
import { wrapText } from '../../lib/wrap-text.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import type { Account } from './account.ts';
import { EXCHANGE_EVENTS } from './exchange-events.ts';

const OUTCOME = 'lagpipe.pcap.outcome';

const COLUMNS = 100;

/** What a person can do about packets and segments that were passed over. */
const REMEDIES: Readonly<Record<string, string>> = {
  tunnel: '--tunnels looks inside',
  no_connection: 'of connections whose beginning is not in the capture; -m takes them',
};

/** The closing words of `lagpipe pcap`: what was in the capture, what was passed over and why, and what to make of it. */
export function summary(account: Account, seconds: number): string {
  return [whole(account, seconds), ...passedOver(account), ...account.findings.flatMap(findingLines)]
    .map((line) => `${line}\n`)
    .join('');
}

function whole(account: Account, seconds: number): string {
  const packets = account.total('lagpipe.pcap.packets');
  const exchanges = EXCHANGE_EVENTS.reduce((sum, name) => sum + (account.events.get(name) ?? 0), 0);
  const connections = account.total('lagpipe.pcap.connections.opened');
  const parts = [
    counted(packets, 'packet'),
    counted(connections, 'connection'),
    counted(exchanges, 'exchange'),
    `in ${formatSeconds(seconds)} (${formatRate(packets / seconds, '{packet}').replace('/s', ' packets/s')})`,
  ];
  return `${parts.slice(0, 3).join(', ')} ${parts[3]}`;
}

function passedOver(account: Account): readonly string[] {
  const reasons = (metric: string, noun: string, fine: readonly string[]) =>
    [...account.sums(metric, OUTCOME)]
      .filter(([outcome, value]) => value > 0 && !fine.includes(outcome))
      .map(([outcome, value]) => {
        const remedy = REMEDIES[outcome];
        return `${counted(value, noun)} ${outcome.replaceAll('_', ' ')}${remedy === undefined ? '' : ` (${remedy})`}`;
      });
  const passed = [
    ...reasons('lagpipe.pcap.packets', 'packet', ['segment']),
    ...reasons('lagpipe.pcap.segments', 'segment', ['connection']),
  ];
  const missed = account.total('lagpipe.pcap.missed');
  const dropped = account.total('lagpipe.pcap.capture_dropped');
  return [
    ...(passed.length > 0 ? [`passed over: ${passed.join(', ')}`] : []),
    ...(missed > 0 ? [`not in the capture: ${formatBytes(missed)} that were sent`] : []),
    ...(dropped > 0 ? [`lost before they could be captured: ${counted(dropped, 'packet')}`] : []),
  ];
}

function findingLines({ rule, severity, title, action, subject, evidence }: Finding): readonly string[] {
  const figures = evidence.map(evidenceText).join(', ');
  const head = `${severity === 'ok' ? 'well' : severity}: port ${subject['server.port']}: ${title} (${rule})`;
  if (severity === 'ok') return [`${head}; ${evidenceText(evidence[0])}`];
  return [head, ...[figures, action].flatMap((text) => wrapText(text, COLUMNS).map((line) => `  ${line}`))];
}

function evidenceText({ name, value, unit }: Evidence): string {
  if (unit === '1') return `${name}: ${Math.round(value * 100)} %`;
  return `${name}: ${formatQuantity(Number(value.toPrecision(3)), unit)}`;
}

function counted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}
