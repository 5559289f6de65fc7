import { pipelineJsonSchema } from '../config/json-schema.ts';
import { registry } from '../registry.ts';
import { EXIT_OK } from './exit-codes.ts';

/** `lagpipe schema`: the JSON Schema of a pipeline file, for editors and for checks elsewhere. */
export function schema(): number {
  process.stdout.write(`${JSON.stringify(pipelineJsonSchema(registry), null, 2)}\n`);
  return EXIT_OK;
}
