import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY, identity } from 'rxjs';
import { defineProcessor, defineSink, defineSource, type ProcessorReads } from '../component.ts';
import type { Pipeline, PipelineConfig } from '../config/model.ts';
import { recordsIn } from '../model/batch.ts';
import { attributesRead } from './attributes-read.ts';

const BARE = {
  summary: '',
  description: '',
  emits: { metrics: [], events: [] },
  example: {},
  schema: { type: 'object', description: '', properties: {} },
} as const;

function source(id: string) {
  const component = defineSource({ ...BARE, id, acquire: () => EMPTY, decoder: () => () => [] });
  return [id, { id, component, config: {} }] as const;
}

function processor(id: string, reads?: ProcessorReads) {
  const component = defineProcessor({
    ...BARE,
    id,
    create: () => identity,
    ...(reads && { reads: () => reads }),
  });
  return [id, { id, component, config: {} }] as const;
}

function sink(id: string, reads?: readonly string[]) {
  const component = defineSink({
    ...BARE,
    id,
    create: () => ({ write: (batch) => ({ delivered: recordsIn(batch) }) }),
    preview: () => () => '',
    ...(reads && { reads: () => reads }),
  });
  return [id, { id, component, config: {}, queue: { size: 1, whenFull: 'block' } }] as const;
}

function configOf(pipelines: Readonly<Record<string, Pipeline>>): PipelineConfig {
  return {
    path: 'test.yaml',
    agent: { shutdownTimeoutMillis: 1000, resource: {} },
    sources: new Map([source('packets'), source('other')]),
    processors: new Map([
      processor('looks', { attributes: ['c'], passesEvents: true }),
      processor('counts', { attributes: ['d'], passesEvents: false }),
      processor('unknown'),
    ]),
    sinks: new Map([sink('line', ['a', 'b']), sink('short', ['a']), sink('all')]),
    pipelines: new Map(Object.entries(pipelines)),
  };
}

function pipeline(processors: readonly string[], sinks: readonly string[], sources = ['packets']): Pipeline {
  return { sources, processors, sinks };
}

describe('attributesRead', () => {
  for (const [what, pipelines, expected] of [
    ['one sink', { p: pipeline([], ['line']) }, ['a', 'b']],
    ['two sinks together', { p: pipeline([], ['line', 'short']) }, ['a', 'b']],
    ['two pipelines together', { p: pipeline([], ['short']), q: pipeline(['looks'], ['short']) }, ['a', 'c']],
    ['everything, when one sink does not say', { p: pipeline([], ['short', 'all']) }, undefined],
    [
      'everything, when one pipeline reads it',
      { p: pipeline([], ['short']), q: pipeline([], ['all']) },
      undefined,
    ],
    ['everything, when a processor does not say', { p: pipeline(['unknown'], ['short']) }, undefined],
    [
      'nothing behind a processor that passes no events on',
      { p: pipeline(['counts', 'unknown'], ['all']) },
      ['d'],
    ],
    ['what comes before such a processor', { p: pipeline(['looks', 'counts'], ['all']) }, ['c', 'd']],
    [
      "none of another source's pipelines",
      { p: pipeline([], ['short']), q: pipeline([], ['all'], ['other']) },
      ['a'],
    ],
  ] as const) {
    it(`is what is read by ${what}`, () => {
      const read = attributesRead(configOf(pipelines), 'packets');
      assert.deepEqual(read && [...read].sort(), expected);
    });
  }
});
