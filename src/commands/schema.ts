import { pipelineJsonSchema } from '../config/json-schema.ts';
import { registry } from '../registry.ts';
import { print } from './print.ts';

/** `lagpipe schema`: the JSON Schema of a pipeline file, for editors and for checks elsewhere. */
export function schema(): Promise<number> {
  return print(`${JSON.stringify(pipelineJsonSchema(registry), null, 2)}\n`);
}
