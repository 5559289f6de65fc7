import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const KINDS = ['source', 'processor', 'sink'] as const;
type Kind = (typeof KINDS)[number];

/** The names of a new component: `tcp_life` is the id, `tcpLife` the constant, `tcp-life` the file. */
interface Names {
  readonly id: string;
  readonly name: string;
  readonly file: string;
}

function namesOf(id: string): Names {
  const words = id.split('_');
  const [first, ...rest] = words;
  const name = first + rest.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return { id, name, file: words.join('-') };
}

/** Why this component cannot be made; undefined when it can. */
function objectionTo(kind: string | undefined, id: string | undefined): string | undefined {
  const usage = 'npm run new:source|new:processor|new:sink NAME';
  if (!KINDS.some((each) => each === kind)) return `usage: ${usage}`;
  if (id === undefined) return `give it a name: ${usage}`;
  if (!/^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$/.test(id))
    return `"${id}" is no lower_snake_case name such as tcp_life`;
  const folder = `src/${kind}s`;
  const { file } = namesOf(id);
  const taken = readdirSync(join(ROOT, folder)).find((entry) => entry.replace(/(\.test)?\.ts$/, '') === file);
  if (taken !== undefined) return `${folder}/${taken} is already there`;
  const isListed = existsSync(join(ROOT, 'docs/reference', `${kind}s`, `${id}.md`));
  return isListed ? `there is already a ${kind} called ${id}` : undefined;
}

function write(template: string, path: string, names: Names): void {
  const text = readFileSync(join(import.meta.dirname, 'scaffold', template), 'utf8');
  const filled = text.replaceAll(/\{\{(id|name|file)\}\}/g, (_, key: keyof Names) => names[key]);
  writeFileSync(join(ROOT, path), filled, { flag: 'wx' });
}

/** Adds the import and puts the component last in the list; the formatter sorts the imports. */
function list(kind: Kind, { name, file }: Names): void {
  const path = join(ROOT, `src/${kind}s/index.ts`);
  const text = readFileSync(path, 'utf8');
  const listed = text.replace(/ = \[\s*([^\]]*?),?\s*\];/, (_, others: string) => {
    return ` = [${[others, name].filter((part) => part !== '').join(', ')}];`;
  });
  if (listed === text) throw new Error(`${path} has no list that a component can be added to`);
  writeFileSync(path, `import { ${name} } from './${file}.ts';\n${listed}`);
}

function create(kind: Kind, names: Names): readonly string[] {
  const folder = `src/${kind}s`;
  const made = [`${folder}/${names.file}.ts`, `${folder}/${names.file}.test.ts`];
  write(`${kind}.ts.txt`, made[0], names);
  write(`${kind}.test.ts.txt`, made[1], names);
  list(kind, names);
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const tidied = [...made, `${folder}/index.ts`];
  execFileSync(process.execPath, [biome, 'check', '--write', ...tidied], { cwd: ROOT, stdio: 'pipe' });
  execFileSync(process.execPath, ['scripts/generate.ts'], { cwd: ROOT, stdio: 'pipe' });
  return made;
}

function main([kind, id]: readonly string[]): number {
  const objection = objectionTo(kind, id);
  if (objection !== undefined) {
    process.stderr.write(`${objection}\n`);
    return 2;
  }
  const [component, test] = create(kind as Kind, namesOf(id));
  process.stdout.write(
    `Made ${component} and ${test}, listed it in src/${kind}s/index.ts, and wrote docs/reference/.

Next:
  1. Replace the example in ${component}: id and summary first, then schema, then code.
  2. Run it:  npx lagpipe list ${kind}s
  3. Test it: node --test ${test}   (one test fails until you delete it)
  4. npm run generate, then npm run check
`,
  );
  return 0;
}

process.exitCode = main(process.argv.slice(2));
