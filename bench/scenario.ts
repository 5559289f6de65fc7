/** One measured line of a scenario's answer. */
export interface Row {
  readonly what: string;
  readonly value: string;
  /** Against the first row of the scenario, where comparing makes sense. */
  readonly ratio?: string;
}

/** A question about speed and how it is answered. */
export interface Scenario {
  readonly name: string;
  readonly question: string;
  /** What the figures aim at, or the tool that they stand beside. */
  readonly aim: string;
  measure(): Promise<readonly Row[]>;
}

/** The middle of several runs, because one run on a shared machine says little. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function millions(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(2)} M/s`;
}

export function times(value: number, reference: number): string {
  return `${(value / reference).toFixed(2)}×`;
}
