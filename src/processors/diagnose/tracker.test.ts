import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding, Severity } from '../../model/finding.ts';
import { FindingTracker } from './tracker.ts';

function finding(severity: Severity = 'warn', value = 10): Finding {
  return {
    rule: 'Q1',
    title: 'An accept queue overflows',
    severity,
    subject: {},
    cause: 'because',
    action: 'do',
    evidence: [{ name: 'dropped', value, unit: '{connection}' }],
    confidence: 1,
  };
}

function tracker(options: { raise?: number; clear?: number; repeat?: number } = {}) {
  const { raise = 10, clear = 30, repeat = 300 } = options;
  return new FindingTracker({
    raiseAfterSeconds: raise,
    clearAfterSeconds: clear,
    repeatAfterSeconds: repeat,
  });
}

const states = (news: readonly { readonly state: string }[]) => news.map(({ state }) => state);

describe('FindingTracker', () => {
  it('raises what has held for long enough, since it began to hold', () => {
    const tracked = tracker();
    assert.deepEqual(tracked.update([finding()], 100), []);
    assert.deepEqual(tracked.update([finding()], 105), []);
    const [raised] = tracked.update([finding()], 110);
    assert.equal(raised.state, 'raised');
    assert.deepEqual(raised.since, [100, 0]);
    assert.equal(tracked.active().length, 1);
  });

  it('does not raise what held with a break', () => {
    const tracked = tracker();
    tracked.update([finding()], 100);
    tracked.update([], 105);
    assert.deepEqual(tracked.update([finding()], 110), []);
  });

  it('clears what has not held for long enough, once', () => {
    const tracked = tracker({ raise: 0 });
    tracked.update([finding()], 100);
    assert.deepEqual(tracked.update([], 120), []);
    assert.deepEqual(states(tracked.update([], 130)), ['cleared']);
    assert.deepEqual(tracked.update([], 140), []);
    assert.deepEqual(tracked.active(), []);
  });

  it('keeps one finding where it holds again before it is cleared', () => {
    const tracked = tracker({ raise: 0 });
    tracked.update([finding()], 100);
    tracked.update([], 120);
    assert.deepEqual(tracked.update([finding()], 125), []);
    assert.deepEqual(tracked.active()[0].since, [100, 0]);
  });

  it('tells at once what gets worse, and other movement once in a while', () => {
    const tracked = tracker({ raise: 0 });
    tracked.update([finding('info')], 100);
    assert.deepEqual(states(tracked.update([finding('critical')], 101)), ['changed']);
    assert.deepEqual(tracked.update([finding('warn')], 102), [], 'better is not urgent');
    assert.deepEqual(states(tracked.update([finding('warn')], 402)), ['changed']);
    assert.deepEqual(tracked.update([finding('warn', 15)], 800), [], 'half as much again is no news');
    assert.deepEqual(states(tracked.update([finding('warn', 25)], 801)), ['changed']);
    assert.deepEqual(tracked.update([finding('warn', 100)], 802), [], 'not so soon');
  });

  it('tells everything each time when asked to', () => {
    const tracked = tracker({ raise: 0, repeat: 0 });
    tracked.update([finding()], 100);
    assert.deepEqual(states(tracked.update([finding('warn', 11)], 101)), ['changed']);
  });

  it('tracks no more than it can tell', () => {
    const tracked = tracker({ raise: 0 });
    const many = Array.from({ length: 600 }, (_, port) => ({
      ...finding(),
      subject: { 'server.port': port },
    }));
    assert.equal(tracked.update(many, 100).length, 500);
    assert.equal(tracked.refused, 100);
  });
});
