// Loaded into npm before anything else. npm leaves out an optional package, such as a compiler's binary, that does
// not run on the Node which npm itself runs on. Here packages run on the pinned Node, so npm is told that version.
const { optionalDependencies } = require('../../package.json');

const pinned = `v${optionalDependencies[`node-linux-${process.arch}`]}`;
const majorOf = (version) => Number(/^v(\d+)/.exec(version)?.[1]);

if (majorOf(process.version) < majorOf(pinned)) Object.defineProperty(process, 'version', { value: pinned });
