import { asyncScheduler, tap } from 'rxjs';
import type { SinkInstance, Source } from '../../component.ts';
import type { PipelineConfig } from '../../config/model.ts';
import { printAbove } from '../../lib/live-region.ts';
import { type Level, LogWriter } from '../../lib/logger.ts';
import { messageOf } from '../../lib/message-of.ts';
import { canRedraw, takesColour } from '../../lib/terminal.ts';
import { recordsIn } from '../../model/batch.ts';
import { Agent } from '../../pipeline/agent.ts';
import { registry } from '../../registry.ts';
import { elapsed, interrupted } from '../endings.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../exit-codes.ts';
import { Account, accountSink } from './account.ts';
import { EXCHANGE_EVENTS } from './exchange-events.ts';

import type { PcapOptions } from './options.ts';
import { pcapPipeline } from './pipeline.ts';
import { Progress } from './progress.ts';
import { summary } from './summary.ts';
import { tuneV8 } from './tune-v8.ts';

/**
 * For files, whose reading can wait: what waits as JSON takes 3.5 KiB for each event, so it is kept to a few of them. A
 * mebibyte of the smallest packets may bring thirty thousand at once.
 */
const FILES_QUEUE = { size: 512, whenFull: 'block', limit: 1 << 20 } as const;
const ACCOUNT_QUEUE = { size: 10_000, whenFull: 'block' } as const;

/**
 * `lagpipe pcap FILE…` or `-i INTERFACE`: the exchanges of captures on standard output; progress, complaints and a closing
 * summary on standard error. Exit code 1 when something could not be read, even if the rest was.
 */
export async function pcap(files: readonly string[], options: PcapOptions): Promise<number> {
  const config = pcapPipeline(files, options, registry);
  if (typeof config === 'string') {
    process.stderr.write(`lagpipe pcap: ${config}\n`);
    return EXIT_USAGE;
  }
  const startMillis = Date.now();
  tuneV8();
  const account = options.quiet ? undefined : new Account();
  const showsProgress = !options.quiet && files.length > 0 && canRedraw(process.stderr);
  const progress = showsProgress ? new Progress(files, process.stderr) : undefined;
  // Who listens wants to know from when on; who reads a file sees it.
  const log = new Complaints(options.interface !== undefined && !options.quiet);
  const agent = new Agent({
    config: watched(config, account, progress),
    log,
    scheduler: asyncScheduler,
    environment: process.env,
    createSink: (sink, context) => {
      const instance = sink.component.create(sink.config as never, context);
      return sink.id === 'stdout' ? onlyWhatIsPrinted(instance, options.json) : instance;
    },
  });
  try {
    await agent.start();
    await Promise.race([agent.ended, interrupted(), elapsed(options.for)]);
  } catch (error) {
    log.log('error', messageOf(error));
  }
  await agent.stop();
  progress?.stop();
  if (account !== undefined && !log.isFatal(agent))
    process.stderr.write(summary(account, (Date.now() - startMillis) / 1000));
  return log.errors > 0 ? EXIT_FAILED : EXIT_OK;
}

/** Exchanges, and as JSON connections too. The source's own account is for the summary. */
function onlyWhatIsPrinted(sink: SinkInstance, allEvents: boolean): SinkInstance {
  return {
    start: async () => sink.start?.(),
    write: (batch) => {
      const isPrinted = batch.kind === 'events' && (allEvents || EXCHANGE_EVENTS.includes(batch.name));
      return isPrinted ? sink.write(batch) : { delivered: 0, rejected: { not_printed: recordsIn(batch) } };
    },
    flush: async () => sink.flush?.(),
    stop: async () => sink.stop?.(),
  };
}

/** The same pipeline, with the account, if there is one, beside the output, and the bytes counted as they are read. */
function watched(
  config: PipelineConfig,
  account: Account | undefined,
  progress: Progress | undefined,
): PipelineConfig {
  const source = config.sources.get('pcap')!;
  const component: Source = {
    ...source.component,
    acquire: (sourceConfig, context) =>
      source.component
        .acquire(sourceConfig, context)
        .pipe(tap(({ name, bytes }) => progress?.read(name, bytes.length))),
  };
  const stdout = config.sinks.get('stdout')!;
  const printing =
    (source.config as { interface?: string }).interface === undefined
      ? { ...stdout, queue: FILES_QUEUE }
      : stdout;
  const sinks = new Map([['stdout', printing]]);
  if (account !== undefined) {
    const component = accountSink(account);
    sinks.set('account', { id: 'account', component, config: {}, queue: ACCOUNT_QUEUE });
  }
  return {
    ...config,
    sources: new Map([['pcap', { ...source, component }]]),
    sinks,
    pipelines: new Map([['pcap', { sources: ['pcap'], processors: [], sinks: [...sinks.keys()] }]]),
  };
}

/** Only what a person has to know: that all is well goes without saying, unless `tellsAll`. */
class Complaints extends LogWriter {
  errors = 0;
  readonly #tellsAll: boolean;

  constructor(tellsAll: boolean) {
    const colour = takesColour(process.stderr);
    super(
      (line) => printAbove(() => process.stderr.write(line)),
      (text) => text,
      colour,
    );
    this.#tellsAll = tellsAll;
  }

  override log(level: Level, message: string): void {
    if (level === 'info' && !this.#tellsAll) return;
    if (level === 'error') this.errors += 1;
    super.log(level, message.replace(/^pcap: /, ''));
  }

  /** Whether nothing at all was read, so that there is nothing to sum up. */
  isFatal(agent: Agent): boolean {
    return agent
      .telemetry()
      .statuses.some(({ kind, id, state }) => kind === 'source' && id === 'pcap' && state === 'failed');
  }
}
