import assert from 'node:assert/strict';
import { it } from 'node:test';
import { gauge } from '../../model/emits.ts';
import type { Point } from '../../model/metric.ts';
import { Levels } from './levels.ts';

const METRIC = gauge({ name: 'lagpipe.socket.connections', unit: '{connection}', description: 'for a test' });

function valuesOf(levels: Levels, seconds: number) {
  return levels
    .take([seconds, 0])
    .flatMap<Point>(({ points }) => [...points])
    .map((point) => [point.attributes['server.port'], 'value' in point && point.value, point.time[0]]);
}

it('a series that is no longer found gets one zero, and then nothing', () => {
  const levels = new Levels();
  levels.add(METRIC, { 'server.port': 80 }, [1, 0], 5);
  levels.add(METRIC, { 'server.port': 443 }, [1, 0], 7);
  assert.deepEqual(valuesOf(levels, 1), [
    [80, 5, 1],
    [443, 7, 1],
  ]);
  levels.add(METRIC, { 'server.port': 443 }, [2, 0], 8);
  assert.deepEqual(valuesOf(levels, 2), [
    [443, 8, 2],
    [80, 0, 2],
  ]);
  levels.add(METRIC, { 'server.port': 443 }, [3, 0], 9);
  assert.deepEqual(valuesOf(levels, 3), [[443, 9, 3]]);
});

it('a look that was broken off neither tells nor ends anything', () => {
  const levels = new Levels();
  levels.add(METRIC, { 'server.port': 80 }, [1, 0], 5);
  levels.take([1, 0]);
  levels.add(METRIC, { 'server.port': 443 }, [2, 0], 1);
  levels.forgetLook();
  assert.deepEqual(valuesOf(levels, 3), [[80, 0, 3]]);
});
