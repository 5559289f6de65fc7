import {
  defer,
  EMPTY,
  exhaustMap,
  finalize,
  type Observable,
  scheduled,
  takeUntil,
  timer,
  withLatestFrom,
} from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import {
  interfacesBelow,
  type Roots,
  readInventory,
  readOnlineCpus,
  StatisticsReader,
} from './read-sysfs.ts';

/** Queues and affinities change by hand or by irqbalance, which looks every 10 s. */
const INVENTORY_MILLIS = 60_000;

/**
 * The chunks of one look. `interfaces`: online CPUs, then the names of the interfaces, one line each; `inventory`: one
 * interface; `statistics`: all interfaces; `interrupts`: the file.
 */
export const FILE_CHUNK = {
  interfaces: 'interfaces',
  inventory: 'inventory',
  statistics: 'statistics',
  interrupts: 'interrupts',
} as const;

/** What can be read without privileges, every interval. */
export function acquireFiles(
  roots: Roots,
  intervalMillis: number,
  wanted: readonly string[],
  context: SourceContext,
): Observable<Chunk> {
  const { scheduler } = context;
  return defer(() => {
    const reader = new StatisticsReader(roots);
    let known = '';
    let inventoryDueMillis = 0;

    function* look(): Generator<Chunk> {
      const time = unixTimeFromMillis(scheduler.now());
      const chunk = (name: string, text: string): Chunk => ({
        time,
        name,
        bytes: new TextEncoder().encode(text),
      });
      const names = interfacesBelow(roots, wanted);
      const list = [readOnlineCpus(roots), ...names].join('\n');
      yield chunk(FILE_CHUNK.interfaces, list);
      if (list !== known || scheduler.now() >= inventoryDueMillis) {
        known = list;
        inventoryDueMillis = scheduler.now() + INVENTORY_MILLIS;
        // An interface with 64 queues has 250 files: others get their turn before the next one.
        for (const name of names) yield chunk(FILE_CHUNK.inventory, `${name}\n${readInventory(roots, name)}`);
      }
      yield chunk(FILE_CHUNK.statistics, reader.read(names));
      yield { time, name: FILE_CHUNK.interrupts, bytes: reader.interrupts() };
    }

    return timer(0, intervalMillis, scheduler).pipe(
      takeUntil(context.stop$),
      withLatestFrom(context.paused$),
      exhaustMap(([, isPaused]) => {
        if (isPaused) context.counters.dropped('paused', 1);
        return isPaused ? EMPTY : scheduled(look(), scheduler);
      }),
      finalize(() => reader.close()),
    );
  });
}
