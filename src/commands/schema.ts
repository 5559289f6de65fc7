import { pipelineJsonSchema } from '../config/json-schema.ts';
import { registry } from '../registry.ts';
import { EXIT_OK } from './exit-codes.ts';
import { print } from './print.ts';

/** `lagpipe schema`: the JSON Schema of a pipeline file, for editors and for checks elsewhere. */
export async function schema(): Promise<number> {
  await print(`${JSON.stringify(pipelineJsonSchema(registry), null, 2)}\n`);
  return EXIT_OK;
}
