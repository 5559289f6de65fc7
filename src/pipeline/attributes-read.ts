import type { ConfiguredProcessor, PipelineConfig } from '../config/model.ts';

/**
 * The attributes of a source's events that anything in any of its pipelines reads; undefined when one of them may
 * read every attribute. A source then need not make the others.
 *
 * Worked example: `pcap` feeds one pipeline whose sink reads `url.path`, and one whose processor reads
 * `http.request.method` and passes no events on. The answer is those two, whatever the second pipeline's sinks read.
 */
export function attributesRead(config: PipelineConfig, source: string): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const pipeline of config.pipelines.values()) {
    if (!pipeline.sources.includes(source)) continue;
    const processors = pipeline.processors.map((id) => config.processors.get(id)!);
    const passed = addProcessors(processors, names);
    if (passed === undefined) return undefined;
    if (!passed) continue;
    for (const id of pipeline.sinks) {
      const { component, config: sinkConfig } = config.sinks.get(id)!;
      const read = component.reads?.(sinkConfig as never);
      if (read === undefined) return undefined;
      for (const name of read) names.add(name);
    }
  }
  return names;
}

/** Adds what the processors read; whether events come out at the end, or undefined when one may read everything. */
function addProcessors(processors: readonly ConfiguredProcessor[], names: Set<string>): boolean | undefined {
  for (const { component, config } of processors) {
    const read = component.reads?.(config as never);
    if (read === undefined) return undefined;
    for (const name of read.attributes) names.add(name);
    if (!read.passesEvents) return false;
  }
  return true;
}
