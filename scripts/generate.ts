import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipelineJsonSchema } from '../src/config/json-schema.ts';
import { SECTIONS } from '../src/config/schemas.ts';
import { registry } from '../src/registry.ts';
import { lineFormatPage } from './line-format-page.ts';
import { componentPage, indexPage } from './reference-page.ts';
import { telemetryPage } from './telemetry-page.ts';

/**
 * Writes docs/reference/ from the components. With --check it writes nothing, names each file that differs, and
 * exits 1 when there is one.
 */
const FOLDER = join(import.meta.dirname, '..', 'docs', 'reference');

function referenceFiles(): ReadonlyMap<string, string> {
  const files = new Map([
    ['README.md', indexPage(registry)],
    ['line-format.md', lineFormatPage()],
    ['telemetry.md', telemetryPage(registry)],
    ['pipeline.schema.json', `${JSON.stringify(pipelineJsonSchema(registry), null, 2)}\n`],
  ]);
  for (const section of SECTIONS) {
    for (const component of registry[section]) {
      files.set(join(section, `${component.id}.md`), componentPage(section, component));
    }
  }
  return files;
}

function existingFiles(): readonly string[] {
  if (!existsSync(FOLDER)) return [];
  const entries = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function generate(isCheck: boolean): number {
  const wanted = new Map([...referenceFiles()].map(([path, text]) => [join(FOLDER, path), text]));
  const stale = [...wanted].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  );
  const leftOver = existingFiles().filter((path) => !wanted.has(path));
  if (isCheck) {
    for (const [path] of stale) console.error(`${shortPath(path)} is not up to date: run npm run generate`);
    for (const path of leftOver)
      console.error(`${shortPath(path)} belongs to no component: run npm run generate`);
    return stale.length + leftOver.length === 0 ? 0 : 1;
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${shortPath(path)}`);
  }
  for (const path of leftOver) {
    rmSync(path);
    console.log(`removed ${shortPath(path)}`);
  }
  return 0;
}

function shortPath(path: string): string {
  return join('docs', 'reference', path.slice(FOLDER.length + 1));
}

process.exitCode = generate(process.argv.includes('--check'));
