import type { PointBase } from '../../model/metric.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';

/**
 * Whether the first point of a cumulative series counts from a start after `openedAt`, so that all of it is new. A
 * start that equals the point's own time means that the start is unknown (OpenTelemetry's metrics data model,
 * "Cumulative streams: handling unknown start time"): the value is a past that is none of this run.
 */
export function beganAfter({ startTime, time }: PointBase, openedAt: UnixTime): boolean {
  return (
    startTime !== undefined && secondsBetween(openedAt, startTime) >= 0 && secondsBetween(startTime, time) > 0
  );
}
