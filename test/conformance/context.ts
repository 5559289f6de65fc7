import { asyncScheduler, NEVER, type Observable, of, type SchedulerLike } from 'rxjs';
import type { AnyComponent, ComponentContext, SourceContext } from '../../src/component.ts';
import type { PartStatus } from '../../src/model/telemetry.ts';
import { ComponentCounter } from '../../src/pipeline/telemetry.ts';

export interface TestContext extends SourceContext {
  readonly counter: ComponentCounter;
  readonly statuses: PartStatus[];
  readonly messages: string[];
}

/** A context that keeps what the component said, with real counters and, unless told otherwise, real time. */
export function testContext(
  component: AnyComponent,
  given: { stop$?: Observable<void>; paused$?: Observable<boolean>; scheduler?: SchedulerLike } = {},
): TestContext {
  const counter = new ComponentCounter(component.kind, component.id, '');
  const statuses: PartStatus[] = [];
  const messages: string[] = [];
  const say = (message: string) => {
    messages.push(message);
  };
  const context: ComponentContext = {
    id: component.id,
    resource: { attributes: { 'host.name': 'test' } },
    scope: { name: `lagpipe/${component.id}`, version: '0.0.0' },
    log: { info: say, warn: say, error: say },
    scheduler: given.scheduler ?? asyncScheduler,
    counters: counter,
    report: (status) => {
      statuses.push(status);
    },
  };
  return {
    ...context,
    stop$: given.stop$ ?? NEVER,
    paused$: given.paused$ ?? of(false),
    telemetry: () => ({ counts: [counter.snapshot()], statuses: [] }),
    counter,
    statuses,
    messages,
  };
}

/** Freezes a batch all the way down (typed arrays cannot be frozen), so that changing it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
