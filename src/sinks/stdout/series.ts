import { printable } from '../../lib/text-width.ts';
import type { Attributes, AttributeValue, Resource } from '../../model/attributes.ts';

const STAGE = 'lagpipe.stack.stage';

/** Tells series apart: same resource, metric and attributes, in whatever order the attributes were written. */
export function seriesKey(resource: Resource, metric: string, attributes: Attributes): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${metric}\n${JSON.stringify(sorted)}\n${resourceKey(resource)}`;
}

const resourceKeys = new WeakMap<Resource, string>();

/** A source sends thousands of points with the same resource object, so it is written out once. */
function resourceKey(resource: Resource): string {
  let key = resourceKeys.get(resource);
  if (key === undefined) {
    key = JSON.stringify(resource.attributes);
    resourceKeys.set(resource, key);
  }
  return key;
}

/** A series' name below its metric's: `tcp-socket-read, /system.slice`. Words explain themselves, numbers do not. */
export function seriesLabel(attributes: Attributes): string {
  const parts = Object.entries(attributes).map(([key, value]) =>
    typeof value === 'string' && value !== '' ? printable(value) : keyAndValue(key, value),
  );
  return parts.join(', ');
}

/** A series on its own, in netstacklat's manner: the stage or the metric, then `udp-socket-read, cgroup=7`. */
export function seriesTitle(metric: string, attributes: Attributes): string {
  const { [STAGE]: stage, ...others } = attributes;
  const parts = Object.entries(others).map(([key, value]) => keyAndValue(key, value));
  return [printable(String(stage ?? metric)), ...parts].join(', ');
}

export function keyAndValue(key: string, value: AttributeValue): string {
  return `${printable(shortKey(key))}=${printable(String(value))}`;
}

/**
 * As much of an attribute's name as a person needs beside its value: `network.interface.name` → `interface`,
 * `network.peer.port` → `peer.port`, `lagpipe.stack.skip_reason` → `skip_reason`.
 */
function shortKey(key: string): string {
  const segments = key.split('.');
  const [owner, last] = [segments.at(-2), segments.at(-1) ?? key];
  if (owner === undefined) return last;
  if (['name', 'id', 'type', 'path'].includes(last)) return owner;
  return ['address', 'port'].includes(last) ? `${owner}.${last}` : last;
}
