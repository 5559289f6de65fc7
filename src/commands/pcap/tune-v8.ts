import { setFlagsFromString } from 'node:v8';

/** The release of Node whose V8 these were measured with; another may not know them, and says so on standard error. */
const NODE = '24.';

/** Settings of V8 for reading captures, which take effect only before the work begins. */
export function tuneV8(): void {
  if (!process.versions.node.startsWith(NODE)) return;
  // Every packet goes through some forty small functions, more than V8's own limits (460 and 920 bytes of its code) let it
  // put into each other before it compiles them: a tenth less time. Still more takes no less, and longer to compile.
  setFlagsFromString('--max-inlined-bytecode-size=1200');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=2000');
  // What is allocated here dies young: the space for it has no need to grow, which it would by 30 MB.
  setFlagsFromString('--semi-space-growth-factor=1');
  // There is little to collect at a time, and to share it out among threads takes longer than to do it.
  setFlagsFromString('--no-parallel-scavenge');
}
