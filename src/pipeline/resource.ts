import { arch, hostname, platform } from 'node:os';
import manifest from '../../package.json' with { type: 'json' };
import type { Attributes, Resource } from '../model/attributes.ts';
import { text } from '../model/emits.ts';

export const VERSION: string = manifest.version;

/** What every batch says of this host and this agent. */
export const HOST_ATTRIBUTES = [
  text('host.name', 'name of the host'),
  text('host.arch', "the host's architecture: `amd64`, `arm64`"),
  text('os.type', '`linux`'),
  text('service.name', '`lagpipe`, unless `OTEL_SERVICE_NAME` says otherwise'),
  text('service.version', "lagpipe's version"),
];

/**
 * Who speaks: this host and this agent, by OpenTelemetry's conventions. `OTEL_RESOURCE_ATTRIBUTES` and
 * `OTEL_SERVICE_NAME` add to it as the SDK specification says; what the pipeline file says comes last and wins.
 */
export function hostResource(
  environment: Readonly<Record<string, string | undefined>>,
  configured: Attributes,
): Resource {
  const serviceName = environment.OTEL_SERVICE_NAME;
  return {
    attributes: {
      'host.name': hostname(),
      'host.arch': arch() === 'x64' ? 'amd64' : arch(),
      'os.type': platform(),
      'service.name': 'lagpipe',
      'service.version': VERSION,
      ...attributesFromEnvironment(environment.OTEL_RESOURCE_ATTRIBUTES ?? ''),
      ...(serviceName ? { 'service.name': serviceName } : {}),
      ...configured,
    },
  };
}

/** `key=value,key2=value2`, percent-encoded. One that cannot be decoded discards the whole, as the specification asks. */
function attributesFromEnvironment(text: string): Attributes {
  const attributes: Record<string, string> = {};
  try {
    for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
      const separator = pair.indexOf('=');
      if (separator < 1) return {};
      attributes[decodeURIComponent(pair.slice(0, separator).trim())] = decodeURIComponent(
        pair.slice(separator + 1).trim(),
      );
    }
  } catch {
    return {};
  }
  return attributes;
}
