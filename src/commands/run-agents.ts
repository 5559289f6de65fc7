import { asyncScheduler } from 'rxjs';
import type { ComponentContext, SinkInstance } from '../component.ts';
import type { ConfiguredSink } from '../config/model.ts';
import { printAbove } from '../lib/live-region.ts';
import { LogWriter } from '../lib/logger.ts';
import { messageOf } from '../lib/message-of.ts';
import { takesColour } from '../lib/terminal.ts';
import { Agent, type Ending } from '../pipeline/agent.ts';
import { statsReport } from '../pipeline/stats-report.ts';
import { elapsed, interrupted } from './endings.ts';
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts';
import type { ReadConfigs } from './read-configs.ts';

export interface RunOptions {
  /** Stop by itself after this long; without it, run until a signal comes or the sources run out. */
  readonly forMillis?: number | undefined;
  /** Print what went in, out and was dropped at every component when it ends. */
  readonly stats: boolean;
  readonly createSink?: (sink: ConfiguredSink, context: ComponentContext) => SinkInstance;
}

const QUIET_STOP_MILLIS = 1000;
const STOPPING =
  'stopping: sinks deliver what they hold, for as long as agent.shutdown_timeout; Ctrl-C ends it now';

/** Runs every config side by side until something ends them, stops them in order, and returns the exit code. */
export async function runAgents({ configs, redact }: ReadConfigs, options: RunOptions): Promise<number> {
  const colour = takesColour(process.stderr);
  const log = new LogWriter((line) => printAbove(() => process.stderr.write(line)), redact, colour);
  const { createSink } = options;
  const agents = configs.map(
    (config) =>
      new Agent({
        config,
        log,
        scheduler: asyncScheduler,
        environment: process.env,
        ...(createSink && { createSink }),
      }),
  );
  try {
    await Promise.all(agents.map((agent) => agent.start()));
  } catch (error) {
    log.log('error', messageOf(error));
    await Promise.all(agents.map((agent) => agent.stop()));
    return EXIT_FAILED;
  }
  const ending = await Promise.race([endOf(agents), interrupted(), elapsed(options.forMillis)]);
  // Whoever pressed Ctrl-C must not wonder whether it was heard.
  const explanation = setTimeout(() => log.log('info', STOPPING), QUIET_STOP_MILLIS);
  await Promise.all(agents.map((agent) => agent.stop()));
  clearTimeout(explanation);
  if (options.stats) {
    for (const agent of agents) process.stderr.write(statsReport(agent.telemetry()));
  }
  if (ending === 'no_source_works') log.log('error', 'no source works, so there is nothing to measure');
  return ending === 'no_source_works' || ending === 'output_failed' ? EXIT_FAILED : EXIT_OK;
}

async function endOf(agents: readonly Agent[]): Promise<Ending> {
  const lost = agents.map((agent) =>
    agent.ended.then((ending) => (ending.startsWith('output_') ? ending : new Promise<never>(() => {}))),
  );
  const all = Promise.all(agents.map((agent) => agent.ended)).then((endings) =>
    endings.every((ending) => ending === 'no_source_works') ? 'no_source_works' : 'completed',
  );
  return Promise.race([...lost, all]);
}
