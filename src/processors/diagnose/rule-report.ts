import type { ComponentContext } from '../../component.ts';
import { PART } from '../../model/part-attributes.ts';
import { FIGURES, type FigureName } from './figures.ts';

/** After so many evaluations every source has had its first tick. */
const SETTLED_AFTER = 3;

/** Says which rules can be judged, once the sources have all spoken, and again when that changes. */
export class RuleReport {
  readonly #context: Pick<ComponentContext, 'report'>;
  #evaluations = 0;
  #told: string | undefined;

  constructor(context: Pick<ComponentContext, 'report'>) {
    this.#context = context;
  }

  update(ruleCount: number, unjudged: ReadonlyMap<string, FigureName>): void {
    this.#evaluations++;
    const lacking = [...unjudged]
      .map(([rule, figure]) => `${rule} (${FIGURES[figure].from[0].metric})`)
      .join(', ');
    if (this.#evaluations < SETTLED_AFTER || lacking === this.#told) return;
    this.#told = lacking;
    const judged = ruleCount - unjudged.size;
    this.#context.report({
      part: 'rules',
      state: 'live',
      detail: `judges ${judged} of ${ruleCount} rules${lacking === '' ? '' : `; no figures for ${lacking}`}`,
      attributes: { [PART.unjudged.name]: [...unjudged.keys()].join(' ') },
    });
  }
}
