import { readFileSync } from 'node:fs';
import type { Registry } from '../../config/model.ts';
import type { TelemetrySnapshot } from '../../model/telemetry.ts';

/** Something that this host, or this user, does not let the doctor see. */
export interface Unseen {
  /** X0 of the rule table. */
  readonly rule: 'X0';
  readonly what: string;
  readonly why: string;
  readonly remedy?: string;
}

/** Sources that need to be told where to look, and how. */
const BY_ADDRESS: Readonly<Record<string, string>> = {
  linkerd: 'lagpipe doctor --linkerd http://localhost:9990',
  prometheus: 'lagpipe doctor --prometheus http://localhost:9100/metrics',
};

/** What does not work of the sources, what was not asked, and the rules that had no figures. */
export function unseenOf(
  { statuses }: TelemetrySnapshot,
  asked: ReadonlySet<string>,
  registry: Registry,
): readonly Unseen[] {
  const broken = statuses
    .filter(({ state }) => state !== 'live')
    .map(({ id, part, detail, remedy }) => ({
      rule: 'X0' as const,
      what: part === '' ? id : `${id} ${part}`,
      why: detail,
      ...(remedy !== undefined && { remedy }),
    }));
  const notAsked = registry.sources
    .filter(({ id }) => BY_ADDRESS[id] !== undefined && !asked.has(id))
    .map(({ id }) => ({
      rule: 'X0' as const,
      what: id,
      why: 'no address was given',
      remedy: BY_ADDRESS[id],
    }));
  const unjudged = statuses
    .filter(({ id, part }) => id === 'diagnose' && part === 'rules')
    .flatMap(({ detail }) => {
      const [, lacking] = detail.split('; no figures for ');
      return lacking === undefined
        ? []
        : [{ rule: 'X0' as const, what: 'rules that were not judged', why: `no figures for ${lacking}` }];
    });
  return [...broken, ...notAsked, ...unjudged];
}

/** X1: on Red Hat's distributions there is a tool that looks at the whole system. */
export function isRedHat(osRelease = readOsRelease()): boolean {
  return /^ID(_LIKE)?=.*\b(rhel|centos)\b/m.test(osRelease);
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
