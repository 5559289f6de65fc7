import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as stable from '@opentelemetry/semantic-conventions';
import * as all from '@opentelemetry/semantic-conventions/incubating';

export type Stability = 'stable' | 'development' | 'deprecated';

const require = createRequire(import.meta.url);
const FOLDER = join(require.resolve('@opentelemetry/semantic-conventions'), '..');

/** The version of the conventions that names are held against. */
export const CONVENTIONS_VERSION: string = JSON.parse(
  readFileSync(join(FOLDER, '..', 'package.json'), 'utf8'),
).version;

/** How firm OpenTelemetry's semantic conventions hold a name; `undefined`: they do not have it. */
export function stabilityOf(kind: 'attribute' | 'metric', name: string): Stability | undefined {
  return NAMES[kind].get(name);
}

const NAMES = { attribute: namesOf('ATTR_', 'attributes'), metric: namesOf('METRIC_', 'metrics') };

function namesOf(prefix: string, file: string): ReadonlyMap<string, Stability> {
  const deprecated = deprecatedConstants(file);
  const names = new Map<string, Stability>();
  for (const [constant, value] of Object.entries(all)) {
    if (!constant.startsWith(prefix)) continue;
    // A family of names is a function: of a header's name to the name of the attribute.
    const name = typeof value === 'function' ? value('<name>') : String(value);
    const isDeprecated = deprecated.has(constant);
    names.set(name, isDeprecated ? 'deprecated' : constant in stable ? 'stable' : 'development');
  }
  return names;
}

/** Only the comments of the declarations tell. */
function deprecatedConstants(file: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const which of ['stable', 'experimental']) {
    const text = readFileSync(join(FOLDER, `${which}_${file}.d.mts`), 'utf8');
    let comment = '';
    for (const part of text.split('/**').slice(1)) {
      comment = part.slice(0, part.indexOf('*/'));
      const constant = /declare const (\w+)/.exec(part)?.[1];
      if (constant !== undefined && comment.includes('@deprecated')) names.add(constant);
    }
  }
  return names;
}
