import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AttributeSpec,
  CLIENT_HELLO_ATTRIBUTES,
  CONNECTION_ATTRIBUTES,
  ENDPOINT_ATTRIBUTES,
  EXCHANGE_ATTRIBUTES,
  HTTP_ATTRIBUTES,
  HTTP2_ATTRIBUTES,
  TLS_ATTRIBUTES,
  WEBSOCKET_ATTRIBUTES,
} from './attributes.ts';

describe('attributes of packets', () => {
  const events: Readonly<Record<string, readonly AttributeSpec[]>> = {
    'http.exchange': [...ENDPOINT_ATTRIBUTES, ...EXCHANGE_ATTRIBUTES, ...HTTP_ATTRIBUTES],
    'tcp.exchange': [
      ...ENDPOINT_ATTRIBUTES,
      ...EXCHANGE_ATTRIBUTES,
      ...TLS_ATTRIBUTES,
      ...CLIENT_HELLO_ATTRIBUTES,
    ],
    'tcp.connection': [
      ...ENDPOINT_ATTRIBUTES,
      ...CONNECTION_ATTRIBUTES,
      ...TLS_ATTRIBUTES,
      ...HTTP2_ATTRIBUTES,
    ],
    'tls.handshake': [...ENDPOINT_ATTRIBUTES, ...TLS_ATTRIBUTES],
    'websocket.connection': [...ENDPOINT_ATTRIBUTES, ...WEBSOCKET_ATTRIBUTES],
  };
  for (const [event, attributes] of Object.entries(events)) {
    it(`are named once in ${event}`, () => {
      const names = attributes.map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)]);
    });
  }

  it("each keyword of Justniffer's stands at one attribute", () => {
    const keywords = events['http.exchange'].flatMap(({ justniffer }) => justniffer ?? []);
    assert.deepEqual(keywords, [...new Set(keywords)]);
  });
});
