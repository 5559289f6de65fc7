import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { agentFootprint } from './agent-footprint.ts';
import { connectRate } from './connects.ts';
import { diagnosis } from './diagnosis.ts';
import { pcapSpeed } from './pcap-speed.ts';
import { pipelineThroughput } from './pipeline-throughput.ts';
import { probeCost } from './probe-cost.ts';
import { procPoll } from './proc-poll.ts';
import { quantileError } from './quantile-error.ts';
import type { Row, Scenario } from './scenario.ts';
import { socketCensus } from './socket-census.ts';

const SCENARIOS: readonly Scenario[] = [
  pipelineThroughput,
  agentFootprint,
  probeCost,
  connectRate,
  quantileError,
  procPoll,
  pcapSpeed,
  socketCensus,
  diagnosis,
];

/** `npm run bench [NAME…] [--save]`: answers each question; `--save` keeps the answers under bench/results/. */
async function main(arguments_: readonly string[]): Promise<void> {
  const wanted = arguments_.filter((argument) => !argument.startsWith('--'));
  const chosen = SCENARIOS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  if (chosen.length === 0)
    throw new Error(`no such scenario; there are: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  const where = machine();
  const sections = [];
  for (const scenario of chosen) {
    process.stdout.write(`${scenario.name}: ${scenario.question}\n`);
    const section = sectionOf(scenario, await scenario.measure());
    process.stdout.write(`${section}\n`);
    sections.push(section);
  }
  if (!arguments_.includes('--save')) return;
  const date = new Date().toISOString().slice(0, 10);
  const path = join(import.meta.dirname, 'results', `${date}.md`);
  writeFileSync(path, `# ${date}\n\n${where}\n\n${sections.join('\n')}`);
  process.stdout.write(`saved ${path}\n`);
}

/** With what else was running when the benchmarks began: 0 is an idle machine. */
function machine(): string {
  const hardware = `${cpus().length} × ${cpus()[0].model}`;
  const load = loadavg()[0].toFixed(1);
  return `${hardware}, kernel ${release()}, Node ${process.version}, load average at the start ${load}`;
}

function sectionOf(scenario: Scenario, rows: readonly Row[]): string {
  const lines = rows.map(({ what, value, ratio }) => `| ${what} | ${value} | ${ratio ?? ''} |`);
  return `## ${scenario.name}\n\n${scenario.question}\nAim: ${scenario.aim}.\n\n| | | |\n|---|---|---|\n${lines.join('\n')}\n`;
}

await main(process.argv.slice(2));
