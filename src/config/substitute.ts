/** The text with its references replaced, or what is wrong with them. */
export interface Substitution {
  readonly text: string;
  readonly faults: readonly SubstitutionFault[];
  /** Whether there was anything to replace, an escape included. */
  readonly changed: boolean;
  /** The text is one reference without a default and nothing else. */
  readonly isBareReference: boolean;
}

interface SubstitutionFault {
  /** As it stands in the text: `${NAME}`. */
  readonly reference: string;
  readonly message: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([^}\n]*)\}/g;
const VALID = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/;
const BARE = /^\$\{(?:env:)?[A-Za-z_][A-Za-z0-9_]*\}$/;

/**
 * Replaces `${NAME}`, `${env:NAME}` and `${NAME:-default}` as OpenTelemetry's configuration data model asks: `$$`
 * is a literal `$` and is found first, what is put in is not looked at again, and an invalid reference is an error.
 * Stricter than the specification in one point: a variable that is not set and has no default is an error too,
 * because an endpoint or a token that is silently empty is found out much later.
 *
 *     a-${X}  with X=1   → a-1          $${X}      → ${X}
 *     ${X:-b} without X  → b            $$${X}     → $1
 */
export function substitute(text: string, environment: Environment): Substitution {
  const faults: SubstitutionFault[] = [];
  const replaced = text
    .split('$$')
    .map((part) =>
      part.replace(REFERENCE, (reference: string, body: string) => {
        const result = resolve(body, environment);
        if (typeof result === 'string') return result;
        faults.push({ reference, message: result.message });
        return reference;
      }),
    )
    .join('$');
  return {
    text: replaced,
    faults,
    changed: text.includes('$$') || /\$\{[^}\n]*\}/.test(text),
    isBareReference: BARE.test(text),
  };
}

function resolve(body: string, environment: Environment): string | { readonly message: string } {
  const match = VALID.exec(body);
  if (match === null) return { message: invalidReference(body) };
  const [, name, fallback] = match;
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (fallback !== undefined) return value || fallback;
  if (value !== undefined) return value;
  return {
    message: `the environment variable ${name} is not set; set it, or give a default: \${${name}:-value}`,
  };
}

function invalidReference(body: string): string {
  const allowed = `allowed: \${NAME}, \${env:NAME} and \${NAME:-default}; write $$ for a literal $`;
  const prefix = /^([A-Za-z][A-Za-z0-9_]*):(?![-?])/.exec(body)?.[1];
  if (prefix !== undefined && prefix !== 'env') {
    return `"\${${body}}" refers to "${prefix}", but only the environment can be referred to; ${allowed}`;
  }
  return `"\${${body}}" is not a reference to an environment variable; ${allowed}`;
}
