import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AttributeSpec,
  ENDPOINT_ATTRIBUTES,
  EXCHANGE_ATTRIBUTES,
  HTTP_ATTRIBUTES,
} from './attributes.ts';
import { PCAP_EVENTS } from './event-specs.ts';

describe('attributes of packets', () => {
  for (const { name: event, attributes } of PCAP_EVENTS) {
    it(`are named once in ${event}`, () => {
      const names = attributes.map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)]);
    });
  }

  it("each keyword of Justniffer's stands at one attribute", () => {
    const attributes: readonly AttributeSpec[] = [
      ...ENDPOINT_ATTRIBUTES,
      ...EXCHANGE_ATTRIBUTES,
      ...HTTP_ATTRIBUTES,
    ];
    const keywords = attributes.flatMap(({ justniffer }) => justniffer ?? []);
    assert.deepEqual(keywords, [...new Set(keywords)]);
  });
});
