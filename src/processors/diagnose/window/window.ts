import type { Attributes, AttributeValue } from '../../../model/attributes.ts';
import type { Evidence } from '../../../model/finding.ts';
import { quantilesOf } from '../../../model/histogram-quantile.ts';
import type { Figure, FigureSource } from '../figures.ts';
import { type AnyHistogramPoint, mergedList } from './histogram-series.ts';
import type { Series, Target } from './store.ts';

/** One series of a figure over the window, in the figure's unit and with the attributes that rules know. */
export interface Reading {
  readonly attributes: Attributes;
  /** By how much a counter grew, in how many seconds; both 0 when it was read once only. */
  readonly increase: number;
  readonly seconds: number;
  readonly latest: number;
  /** Every value of the window, oldest first. */
  values(): readonly number[];
}

export interface Span {
  readonly sinceSeconds: number;
  readonly untilSeconds: number;
}

interface Found {
  readonly target: Target;
  readonly source: FigureSource;
  readonly entries: readonly Series[];
}

/**
 * What a rule sees: the figures of one target over one window, by the names of the table of figures. A figure that
 * nobody measures reads as 0 or `undefined`; `has` tells the difference, and the engine asks it before it asks a rule.
 */
export class Window<Name extends string = string> {
  readonly span: Span;
  readonly #target: Target;
  readonly #figures: Readonly<Record<Name, Figure>>;
  readonly #readings = new Map<Name, readonly Reading[]>();
  readonly #found = new Map<Name, Found | undefined>();
  readonly #indexes = new Map<string, ReadonlyMap<string, Reading>>();
  readonly #histograms = new Map<Name, AnyHistogramPoint | undefined>();

  constructor(target: Target, figures: Readonly<Record<Name, Figure>>, span: Span) {
    this.#target = target;
    this.#figures = figures;
    this.span = span;
  }

  has(name: Name): boolean {
    return this.#find(name) !== undefined;
  }

  /** Whether it is the target's own figure, and not that of the host around it. */
  owns(name: Name): boolean {
    return this.#find(name)?.target === this.#target;
  }

  /** How many seconds of the figure the window holds: less than its length when the agent has just begun. */
  seconds(name: Name): number {
    return this.readings(name).reduce((longest, { seconds }) => Math.max(longest, seconds), 0);
  }

  /** Of all series together, or of those with these attributes. */
  increase(name: Name, where?: Attributes): number {
    return this.readings(name, where).reduce((sum, { increase }) => sum + increase, 0);
  }

  /** Per second. */
  rate(name: Name, where?: Attributes): number {
    const seconds = this.seconds(name);
    return seconds === 0 ? 0 : this.increase(name, where) / seconds;
  }

  latest(name: Name, where?: Attributes): number | undefined {
    const readings = this.readings(name, where);
    return readings.length === 0 ? undefined : readings.reduce((sum, { latest }) => sum + latest, 0);
  }

  readings(name: Name, where?: Attributes): readonly Reading[] {
    let readings = this.#readings.get(name);
    if (readings === undefined) {
      readings = this.#read(name);
      this.#readings.set(name, readings);
    }
    return where === undefined
      ? readings
      : readings.filter(({ attributes }) => hasAttributes(attributes, where));
  }

  /**
   * The one reading that has the same values of these attributes as `wanted`: by an index, where a rule asks for each of
   * very many.
   */
  reading(name: Name, attributes: readonly string[], wanted: Attributes): Reading | undefined {
    const indexKey = `${name}\n${attributes.join('\n')}`;
    let index = this.#indexes.get(indexKey);
    if (index === undefined) {
      const readings = this.readings(name);
      index = new Map(readings.map((each) => [valuesOf(each.attributes, attributes), each]));
      this.#indexes.set(indexKey, index);
    }
    return index.get(valuesOf(wanted, attributes));
  }

  /** Every value that the attribute has in the figure. */
  attributeValues(name: Name, attribute: string): readonly AttributeValue[] {
    const values = this.#find(name)?.entries.map((entry) => entry.attributes[attribute]) ?? [];
    return values.filter((value) => value !== undefined);
  }

  /** All that was recorded in the window, of all series together; `undefined` when nothing was. */
  histogram(name: Name): AnyHistogramPoint | undefined {
    if (!this.#histograms.has(name))
      this.#histograms.set(
        name,
        this.#merge(name, () => true),
      );
    return this.#histograms.get(name);
  }

  /** A quantile of the series that are wanted, or their count when none is given; `undefined` without values. */
  ofHistogram(
    name: Name,
    quantile: number | undefined,
    isWanted: (attributes: Attributes) => boolean,
  ): number | undefined {
    const histogram = this.#merge(name, isWanted);
    if (histogram === undefined || quantile === undefined) return histogram?.count;
    return quantilesOf(histogram, [quantile])[0]?.value;
  }

  #merge(name: Name, isWanted: (attributes: Attributes) => boolean): AnyHistogramPoint | undefined {
    const found = this.#find(name);
    if (found === undefined) return undefined;
    const points = found.entries.flatMap((entry) => {
      if (entry.kind !== 'histogram' || !isWanted(attributesOf(entry, found.source))) return [];
      return entry.data.mergedSince(this.span.sinceSeconds) ?? [];
    });
    const [merged] = mergedList(points);
    return merged === undefined ? undefined : scaled(merged, found.source.scale ?? 1);
  }

  /** `undefined` without values in the window. */
  quantile(name: Name, quantile: number): number | undefined {
    const histogram = this.histogram(name);
    return histogram === undefined ? undefined : quantilesOf(histogram, [quantile])[0]?.value;
  }

  /** Evidence: by how much the figure grew. */
  total(name: Name, threshold?: number): Evidence {
    return this.#evidence(name, this.increase(name), '', threshold);
  }

  /** Evidence: by how much it grows in a second. */
  perSecond(name: Name, threshold?: number): Evidence {
    return this.#evidence(name, this.rate(name), '/s', threshold);
  }

  /** Evidence: how it stands. */
  now(name: Name, threshold?: number): Evidence {
    return this.#evidence(name, this.latest(name) ?? 0, '', threshold);
  }

  /** Evidence: a quantile of a histogram. */
  at(name: Name, quantile: number, threshold?: number): Evidence {
    const evidence = this.#evidence(name, this.quantile(name, quantile) ?? 0, '', threshold);
    return { ...evidence, name: `${evidence.name}, p${Number((quantile * 100).toPrecision(4))}` };
  }

  whatIs(name: Name): string {
    return this.#figures[name].what;
  }

  #evidence(name: Name, value: number, per: string, threshold: number | undefined): Evidence {
    const { what, unit } = this.#figures[name];
    return { name: what, value, unit: `${unit}${per}`, ...(threshold !== undefined && { threshold }) };
  }

  #read(name: Name): readonly Reading[] {
    const found = this.#find(name);
    if (found === undefined) return [];
    const { sinceSeconds } = this.span;
    const { source, entries } = found;
    const scale = source.scale ?? 1;
    return entries.flatMap((entry) => {
      if (entry.kind !== 'number') return [];
      const { increase, seconds } = entry.data.growthSince(sinceSeconds);
      return {
        attributes: attributesOf(entry, source),
        increase: increase * scale,
        seconds,
        latest: entry.data.latest * scale,
        values: () => entry.data.valuesSince(sinceSeconds).map((value) => value * scale),
      };
    });
  }

  /** The first source of the figure that the target has, or else its host. */
  #find(name: Name): Found | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#look(name));
    return this.#found.get(name);
  }

  #look(name: Name): Found | undefined {
    const { from, keptSeconds = 0 } = this.#figures[name];
    const oldest = Math.min(this.span.sinceSeconds, this.span.untilSeconds - keptSeconds);
    for (const target of [this.#target, this.#target.host]) {
      if (target === undefined) continue;
      for (const source of from) {
        const entries = [...(target.metrics.get(source.metric)?.values() ?? [])].filter(
          ({ attributes, data }) =>
            data.newestSeconds > oldest &&
            (source.where === undefined || hasAttributes(attributes, source.where)),
        );
        if (entries.length > 0) return { target, source, entries };
      }
    }
    return undefined;
  }
}

function attributesOf({ attributes }: Series, { rename }: FigureSource): Attributes {
  if (rename === undefined) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      rename[name] ?? name,
      rename[name] === 'cpu.logical_number' ? Number(value) : value,
    ]),
  );
}

function valuesOf(attributes: Attributes, names: readonly string[]): string {
  let values = '';
  for (const name of names) values += `${attributes[name] ?? ''}\n`;
  return values;
}

function hasAttributes(attributes: Attributes, where: Attributes): boolean {
  for (const name of Object.keys(where)) if (attributes[name] !== where[name]) return false;
  return true;
}

function scaled(point: AnyHistogramPoint, factor: number): AnyHistogramPoint {
  if (factor === 1 || 'scale' in point) return point;
  return {
    ...point,
    sum: point.sum * factor,
    explicitBounds: point.explicitBounds.map((bound) => bound * factor),
  };
}
