import { performance } from 'node:perf_hooks';
import type { TelemetrySnapshot } from '../../model/telemetry.ts';
import type { UnixTime } from '../../model/time.ts';

/** What the agent knows about itself at one moment; the bytes of a chunk are this as JSON. */
export interface SelfReading extends TelemetrySnapshot {
  /** When the source began: the start time of what lagpipe counts itself. */
  readonly startTime: UnixTime;
  readonly process: ProcessReading;
}

/** Times since the process began, in seconds. */
export interface ProcessReading {
  readonly startTime: UnixTime;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly residentBytes: number;
  readonly loopActiveSeconds: number;
  readonly loopIdleSeconds: number;
}

export function readProcess(startTime: UnixTime): ProcessReading {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    startTime,
    userSeconds: user / 1e6,
    systemSeconds: system / 1e6,
    residentBytes: process.memoryUsage.rss(),
    loopActiveSeconds: active / 1e3,
    loopIdleSeconds: idle / 1e3,
  };
}
