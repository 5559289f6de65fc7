import type { ComponentContext, SinkInstance } from '../component.ts';
import type { ConfiguredSink } from '../config/model.ts';
import { recordsIn } from '../model/batch.ts';
import { writeOut } from './print.ts';
import { readConfigs } from './read-configs.ts';
import { type RunOptions, runAgents } from './run-agents.ts';

/** `lagpipe dry-run FILE…`: real sources and processors, real encoders, and nothing sent: prints what would be. */
export async function dryRun(files: readonly string[], options: RunOptions): Promise<number> {
  const read = await readConfigs(files);
  if (typeof read === 'number') return read;
  return runAgents(read, {
    ...options,
    createSink: (sink, context) => previewSink(sink, context, read.redact),
  });
}

function previewSink(
  sink: ConfiguredSink,
  context: ComponentContext,
  redact: (text: string) => string,
): SinkInstance {
  const preview = sink.component.preview(sink.config as never, context);
  return {
    write: async (batch) => {
      await writeOut(`--- ${sink.id}\n${redact(preview(batch))}`);
      return { delivered: recordsIn(batch) };
    },
  };
}
