/** Writes with the sink's format named in the first argument until its reader goes away; exits 42 on EPIPE. */
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncScheduler } from 'rxjs';
import { OutputLost } from '../../../component.ts';
import { createStdoutSink } from '../stdout-sink.ts';
import { connects } from './batches.ts';

const format = process.argv[2] === 'table' ? 'table' : 'json';
const sink = createStdoutSink(
  {
    format,
    not_found: '-',
    unprintable: 'auto',
    refresh: 100,
    report_interval: 100,
    events: 10,
    count_events_by: 'lagpipe.tcp.outcome',
    show_zero: false,
    max_rows: 50,
    max_series: 2000,
    buckets_per_octave: 1,
    accumulate: false,
  },
  { scheduler: asyncScheduler },
  process.stdout,
);
const batch = connects(['established', 'refused']);

await sink.start?.();
const giveUp = Date.now() + 20_000;
while (Date.now() < giveUp) {
  try {
    await sink.write(batch);
  } catch (error) {
    process.exit(error instanceof OutputLost && error.isUnread ? 42 : 1);
  }
  await sleep(5);
}
process.exit(3);
