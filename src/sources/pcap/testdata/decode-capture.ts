import { testContext } from '../../../../test/conformance/context.ts';
import { exampleConfig } from '../../../../test/conformance/example-config.ts';
import type { Batch } from '../../../model/batch.ts';
import { pcap } from '../index.ts';

/** A capture file through the whole of the source's decoder, with its defaults except for `config`. */
export function decodeCapture(
  file: Uint8Array,
  config: Readonly<Record<string, unknown>> = {},
  attributesRead?: ReadonlySet<string>,
): Batch[] {
  const context = { ...testContext(pcap), attributesRead };
  const defaults: object = exampleConfig(pcap);
  const decode = pcap.decoder({ ...defaults, ...config } as never, context);
  const nothing = new Uint8Array(0);
  return ['file.pcap', ''].flatMap((name) => [
    ...(name === '' ? [] : decode({ time: [0, 0], name, bytes: file })),
    ...decode({ time: [0, 0], name, bytes: nothing }),
  ]);
}
