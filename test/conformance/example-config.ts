import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import type { AnyComponent } from '../../src/component.ts';
import { loadConfig } from '../../src/config/load.ts';
import { registry } from '../../src/registry.ts';

/** The component's example as the component would receive it: checked, with defaults, durations as numbers. */
export function exampleConfig(component: AnyComponent): never {
  const section = `${component.kind}s` as 'sources' | 'processors' | 'sinks';
  const file = {
    sources: { proc: null },
    sinks: { stdout: null },
    [section]: { [component.id]: component.example },
  };
  const pipelines = {
    all: {
      sources: Object.keys(file.sources),
      processors: section === 'processors' ? [component.id] : [],
      sinks: Object.keys(file.sinks),
    },
  };
  const { config, problems } = loadConfig(
    { path: 'example.yaml', text: stringify({ ...file, pipelines }) },
    { environment: {}, registry },
  );
  assert.deepEqual(problems, []);
  return config?.[section].get(component.id)?.config as never;
}
