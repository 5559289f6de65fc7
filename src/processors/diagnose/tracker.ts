import { type Finding, findingKey, SEVERITIES, type TrackedFinding } from '../../model/finding.ts';
import { unixTimeFromMillis } from '../../model/time.ts';

export interface TrackerOptions {
  /** How long a rule must hold before it is a finding. */
  readonly raiseAfterSeconds: number;
  /** How long it must not hold before the finding is cleared. */
  readonly clearAfterSeconds: number;
  /** A finding that only moves is told anew at most this often; one that gets worse at once. 0: each time. */
  readonly repeatAfterSeconds: number;
}

interface Tracked {
  finding: Finding;
  readonly sinceSeconds: number;
  lastHeldSeconds: number;
  isRaised: boolean;
  /** As it was told last. */
  told: Finding;
  toldSeconds: number;
}

/** More findings than a person reads in a day; what is beyond is counted. */
const MOST_FINDINGS = 500;

/** A figure that doubled or halved is news. */
const MATERIAL_FACTOR = 2;

/** What holds, since when, and what of that is news. */
export class FindingTracker {
  /** Findings for which there was no room. */
  refused = 0;
  readonly #options: TrackerOptions;
  readonly #tracked = new Map<string, Tracked>();

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** Those that are raised and hold. */
  active(): readonly TrackedFinding[] {
    return [...this.#tracked.values()]
      .filter(({ isRaised }) => isRaised)
      .map((each) => toldAs('raised', each));
  }

  /** Takes what holds now and returns what somebody should hear. */
  update(findings: readonly Finding[], nowSeconds: number): readonly TrackedFinding[] {
    const news: TrackedFinding[] = [];
    for (const finding of findings) {
      const tracked = this.#track(finding, nowSeconds);
      if (tracked === undefined) continue;
      tracked.finding = finding;
      tracked.lastHeldSeconds = nowSeconds;
      const told = this.#tell(tracked, nowSeconds);
      if (told !== undefined) news.push(told);
    }
    return [...news, ...this.#clear(nowSeconds)];
  }

  #track(finding: Finding, nowSeconds: number): Tracked | undefined {
    const key = findingKey(finding);
    let tracked = this.#tracked.get(key);
    if (tracked === undefined) {
      if (this.#tracked.size >= MOST_FINDINGS) {
        this.refused++;
        return undefined;
      }
      tracked = {
        finding,
        sinceSeconds: nowSeconds,
        lastHeldSeconds: nowSeconds,
        isRaised: false,
        told: finding,
        toldSeconds: nowSeconds,
      };
      this.#tracked.set(key, tracked);
    }
    return tracked;
  }

  #tell(tracked: Tracked, nowSeconds: number): TrackedFinding | undefined {
    const { raiseAfterSeconds, repeatAfterSeconds } = this.#options;
    if (!tracked.isRaised) {
      if (nowSeconds - tracked.sinceSeconds < raiseAfterSeconds) return undefined;
      tracked.isRaised = true;
      return told('raised', tracked, nowSeconds);
    }
    const isWorse = rankOf(tracked.finding) > rankOf(tracked.told);
    const isDue = nowSeconds - tracked.toldSeconds >= repeatAfterSeconds;
    const isNews = isWorse || repeatAfterSeconds === 0 || (isDue && hasMoved(tracked));
    return isNews ? told('changed', tracked, nowSeconds) : undefined;
  }

  #clear(nowSeconds: number): TrackedFinding[] {
    const cleared: TrackedFinding[] = [];
    for (const [key, tracked] of this.#tracked) {
      const absent = nowSeconds - tracked.lastHeldSeconds;
      if (absent === 0) continue;
      // One that was never raised has to hold without a break.
      if (tracked.isRaised && absent < this.#options.clearAfterSeconds) continue;
      this.#tracked.delete(key);
      if (tracked.isRaised) cleared.push(toldAs('cleared', tracked));
    }
    return cleared;
  }
}

function told(state: TrackedFinding['state'], tracked: Tracked, nowSeconds: number): TrackedFinding {
  tracked.told = tracked.finding;
  tracked.toldSeconds = nowSeconds;
  return toldAs(state, tracked);
}

function toldAs(state: TrackedFinding['state'], { finding, sinceSeconds }: Tracked): TrackedFinding {
  return { ...finding, state, since: unixTimeFromMillis(Math.round(sinceSeconds * 1000)) };
}

function rankOf({ severity }: Finding): number {
  return SEVERITIES.indexOf(severity);
}

function hasMoved({ finding, told }: Tracked): boolean {
  if (finding.severity !== told.severity || finding.evidence.length !== told.evidence.length) return true;
  return finding.evidence.some(({ value }, index) => {
    const before = told.evidence[index].value;
    return value > before * MATERIAL_FACTOR || value < before / MATERIAL_FACTOR;
  });
}
