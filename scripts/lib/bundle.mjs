import { accessSync, constants, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BUNDLE, NODE_MODULES, ROOT } from './paths.mjs';
import { filesBelow, isStamped, signatureOf, stamp } from './stamp.mjs';
import { StepError, say, step } from './step.mjs';

const STAMP = 'bundle';

/**
 * The agent with all its packages as a few files in dist/: it starts in a third of the time and rests at less
 * memory than the sources do. What is imported on demand (gRPC) becomes a file of its own, loaded on demand.
 */
export async function bundle() {
  const sources = filesBelow('src', (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  const signature = signatureOf([...sources, 'package-lock.json', 'package.json', 'scripts/lib/bundle.mjs']);
  if (existsSync(BUNDLE) && isStamped(STAMP, signature)) return;
  if (existsSync(BUNDLE) && !isWritable(dirname(BUNDLE))) {
    say(
      'setup: the agent is older than its sources, and this user may not build it anew: its owner can, by npm run setup\n',
    );
    return;
  }
  await step('bundle', async () => {
    await build();
    stamp(STAMP, signature);
  });
}

function isWritable(path) {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function build() {
  const outdir = dirname(BUNDLE);
  rmSync(outdir, { recursive: true, force: true });
  // Only here: before the npm packages are installed there is none.
  const esbuild = await import('esbuild');
  try {
    await esbuild.build(options(outdir));
  } catch (error) {
    const messages = await esbuild.formatMessages(error.errors ?? [], { kind: 'error' });
    throw new StepError('bundle', messages.join('') || error.message);
  } finally {
    await esbuild.stop();
  }
}

function options(outdir) {
  return {
    absWorkingDir: ROOT,
    entryPoints: { main: 'src/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // OpenTelemetry's ES modules ask for gRPC by a `require` of their own, which no bundler sees: it would load a second
    // copy from node_modules, whose classes are not the bundle's. Its CommonJS modules ask in the ordinary way.
    conditions: ['require'],
    // In CommonJS all of RxJS would be loaded, whether it is used or not.
    alias: { rxjs: join(NODE_MODULES, 'rxjs/dist/esm/index.js') },
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    legalComments: 'none',
    sourcemap: false,
    logLevel: 'silent',
    // CommonJS packages in an ES module still ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
  };
}
