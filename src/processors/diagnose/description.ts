import { FIGURES } from './figures.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

export const description = `
Keeps the figures of all sources in front of it over a sliding window, judges the rules below every \`interval\`, and sends
an event when a rule starts to hold, when it gets worse or its figures double, and when it holds no more.

- **One cause, one finding.** Where a rule explains others (lost packets explain slow requests), only the cause is a finding;
  what it explains is in its evidence. A cause must be large enough: three drops do not explain two hundred retransmits.
- **Hysteresis.** A rule must hold for \`raise_after\`, and once it holds its limits are lower, so that a figure that wavers
  around a limit is one finding. It is cleared when it has not held for \`clear_after\`.
- **Confidence** is 1 when every figure was there, and less for each figure that would help and is missing.
- **Targets.** A network namespace, and every other host that was scraped, is judged by itself.

### Rules

${RULES.map(ruleText).join('\n\n')}

Two more belong to \`lagpipe doctor\`: **X0**, what this host does not let anybody see, with the remedy, and **X1**, on Red Hat's
distributions, the advice to run xsos.

### Memory

Only figures that a rule asks for are kept, each at 60 points of the window: 1.5 kB for a number. \`max_series\` bounds
them, and what finds no room is counted in \`--stats\`. At most 500 findings are tracked.
`.trim();

function ruleText(rule: Rule): string {
  const { id, title, cause, action, source, needs, needsKind, helps = [], limits, explains = {} } = rule;
  const names = (figures: Rule['needs'], between = '; ') =>
    figures.map((name) => FIGURES[name].what).join(between);
  const lines = [
    `**${id}: ${title}.** ${cause} *What to do:* ${action}`,
    '',
    `- needs: ${names(needs, needsKind === 'any' ? ', or ' : '; ')}${helps.length === 0 ? '' : `; surer with: ${names(helps)}`}`,
    ...Object.entries(limits).map(
      ([name, limit]) => `- \`${name}\`: ${limit.default} (${limit.unit}): ${limit.description}`,
    ),
    ...(Object.keys(explains).length === 0 ? [] : [`- explains ${Object.keys(explains).join(', ')}`]),
    `- from: ${source}`,
  ];
  return lines.join('\n');
}
