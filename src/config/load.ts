import { buildTree } from './build-tree.ts';
import { checkFile } from './check-file.ts';
import { findSecrets, type Secrets, secretNames } from './find-secrets.ts';
import { maskBehindKeys } from './mask-lines.ts';
import type { LoadResult, Registry } from './model.ts';
import { parseYaml } from './parse-yaml.ts';
import { problemsOf } from './problems.ts';
import type { Environment } from './substitute.ts';
import { type ConfigNode, eachScalar, errorAt, type Finding, type ScalarNode } from './tree.ts';

export interface LoadOptions {
  readonly environment: Environment;
  readonly registry: Registry;
}

export interface ConfigSource {
  /** As it is to be printed; nothing is read from it. */
  readonly path: string;
  readonly text: string;
}

/**
 * The text of a pipeline file as a checked config, or everything that is wrong with it at once. Never throws for
 * any text. A file whose YAML cannot be parsed gets only its syntax errors: what else it seems to say is a guess.
 */
export function loadConfig(source: ConfigSource, { environment, registry }: LoadOptions): LoadResult {
  const { path, text } = source;
  const { document, findings: syntax } = parseYaml(text);
  if (document === undefined || syntax.length > 0) {
    const spans = maskBehindKeys(text, secretNames(registry));
    return { problems: problemsOf(path, text, syntax, { spans, values: [] }), secrets: [] };
  }
  const { root, findings: structural } = buildTree(document, text, environment);
  const secrets = findSecrets(root, registry);
  const { findings, config } = checkFile(root, registry, secrets);
  const all = [...structural, ...faults(root, secrets), ...findings];
  const problems = problemsOf(path, text, all, secrets);
  const isUsable = config !== undefined && all.every(({ severity }) => severity === 'warning');
  return { problems, secrets: secrets.values, ...(isUsable && { config: { path, ...config } }) };
}

/** Values that are not known, each reported once however many aliases lead to it. */
function faults(root: ConfigNode, secrets: Secrets): Finding[] {
  const faulty = new Set<ScalarNode>();
  eachScalar(root, (scalar) => {
    if (scalar.faults.length > 0) faulty.add(scalar);
  });
  return [...faulty].flatMap((scalar) => {
    const hidesName = secrets.nodes.has(scalar) && !scalar.isBareReference;
    if (!hidesName) return scalar.faults.map(({ span, message }) => errorAt(span, message));
    const message =
      'a reference to the environment in this secret is wrong or not set; write $$ for a literal $';
    return [errorAt(scalar.span, message)];
  });
}
