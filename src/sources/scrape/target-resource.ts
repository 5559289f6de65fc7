import type { Resource } from '../../model/attributes.ts';
import { SERVER_PORT } from '../../model/common-attributes.ts';
import { text } from '../../model/emits.ts';
import { portOf } from './address.ts';
import type { Endpoint } from './endpoint-poller.ts';

/** Of the resource, instead of the agent's own. */
export const TARGET_ATTRIBUTES = [
  text('service.name', 'the name of the job: what the targets are'),
  text('service.instance.id', 'host and port of the target'),
  text('server.address', 'host of the target'),
  SERVER_PORT,
];

/** What the agent knows of its own host, which is not the host of a target elsewhere. */
const OF_THE_HOST = /^(host|os)\./;

/** Whose figures they are: the target's. Its host is the agent's own where the address is one of loopback. */
export function targetResource(own: Resource, { name, url }: Endpoint, job: string): Resource {
  const kept = Object.entries(own.attributes).filter(
    ([name]) => name !== 'service.version' && (isLoopback(url.hostname) || !OF_THE_HOST.test(name)),
  );
  return {
    attributes: {
      ...Object.fromEntries(kept),
      'service.name': job,
      'service.instance.id': name,
      'server.address': url.hostname.replace(/^\[|\]$/g, ''),
      'server.port': portOf(url),
    },
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
