import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { randomNumbers } from '../../../test/random-numbers.ts';
import type { Batch } from '../../model/batch.ts';
import type { Event } from '../../model/event.ts';
import { decodeCapture } from './testdata/decode-capture.ts';
import { eventsOf } from './testdata/exchange-lines.ts';
import { captureOf, type Flow } from './testdata/traffic/capture.ts';
import {
  type Http1Conversation,
  http1Conversation,
  opaqueConversation,
} from './testdata/traffic/conversation.ts';
import type { Http1Truth } from './testdata/traffic/http1-messages.ts';
import { type Impairments, inOrderNanos, Wire, type WireSegment } from './testdata/traffic/wire.ts';

const START_SECONDS = 1_700_000_000;
const percent = fc.integer({ min: 0, max: 30 });
const impairments: fc.Arbitrary<Impairments> = fc.record({
  smallestSegment: fc.constant(1),
  largestSegment: fc.constantFrom(1448, 1448, 536, 9000, 64_000, 20, 1),
  reordered: percent,
  duplicated: percent,
  lostBefore: percent,
  lostBehind: percent,
  overlapped: percent,
  keepAlives: percent,
  wrapDistance: fc.constantFrom(0, 1, 3000, 50_000),
});
const seed = fc.integer({ min: 1, max: 0x7fff_ffff });

interface Http1Flow extends Flow {
  readonly conversation: Http1Conversation;
}

function http1Flows(seedNumber: number, harm: Impairments, count: number, mayPipeline = true): Http1Flow[] {
  const random = randomNumbers(seedNumber);
  return Array.from({ length: count }, (_, index) => {
    const conversation = http1Conversation(random, mayPipeline && random(3) === 0);
    // A byte in a segment makes a lot of packets of a large body.
    const sent = conversation.bursts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const largestSegment = Math.max(harm.largestSegment, Math.ceil(sent / 2000));
    const { segments } = new Wire(conversation, { ...harm, largestSegment }, random, random(1e9));
    const ipVersion: 4 | 6 = random(2) === 0 ? 4 : 6;
    return { conversation, segments, ipVersion, clientPort: 40_000 + index, serverPort: 80 };
  });
}

/** The figures of an exchange that no loss of the network and no order of packets may change. */
function contentOf({
  attributes,
}: Event): Http1Truth & { readonly incomplete: unknown; readonly missed: unknown } {
  const number = (name: string) => Number(attributes[name]);
  return {
    method: String(attributes['http.request.method']),
    target: String(attributes['url.original']),
    status: number('http.response.status_code'),
    requestBytes: number('http.request.size'),
    requestBodyBytes: number('http.request.body.size'),
    responseBytes: number('http.response.size'),
    responseBodyBytes: number('http.response.body.size'),
    interimResponses: number('lagpipe.http.interim_responses'),
    incomplete: attributes['lagpipe.exchange.incomplete'],
    missed: number('lagpipe.exchange.missed_bytes'),
  };
}

function exchangesOf(batches: readonly Batch[], clientPort: number): Event[] {
  return eventsOf(batches).filter(
    ({ name, attributes }) => name === 'http.exchange' && attributes['client.port'] === clientPort,
  );
}

function expectedContent(conversation: Http1Conversation) {
  return conversation.exchanges.map(
    ({ request: _request, response: _response, untilClose: _close, ...truth }) => ({
      ...truth,
      incomplete: undefined,
      missed: 0,
    }),
  );
}

/** Times that follow from when bytes were there in order. */
function expectedTimes({ segments, conversation }: Http1Flow) {
  const client = inOrderNanos(segments, true);
  const server = inOrderNanos(segments, false);
  let requestStart = 0;
  let responseStart = 0;
  return conversation.exchanges.map(({ requestBytes, responseBytes }) => {
    requestStart += requestBytes;
    responseStart += responseBytes;
    return {
      requestTimestamp: client[requestStart - 1],
      requestDuration: client[requestStart - 1] - client[requestStart - requestBytes],
      responseTimestamp: server[responseStart - 1],
    };
  });
}

function timesOf({ attributes, time }: Event) {
  const nanos = (name: string) => Number(attributes[name]) * 1e9;
  return {
    requestTimestamp: (time[0] - START_SECONDS) * 1e9 + time[1],
    requestDuration: nanos('lagpipe.exchange.request.duration'),
    responseTimestamp: nanos('lagpipe.exchange.response_timestamp') - START_SECONDS * 1e9,
  };
}

/** To a microsecond: seconds since 1970 in a double are no finer. */
function assertSameTimes(actual: ReturnType<typeof timesOf>, expected: ReturnType<typeof timesOf>): void {
  for (const key of ['requestTimestamp', 'requestDuration', 'responseTimestamp'] as const)
    assert.ok(Math.abs(actual[key] - expected[key]) < 1000, `${key}: ${actual[key]} for ${expected[key]}`);
}

/** The source's account of every packet, segment and byte adds up. */
function assertSumsAddUp(batches: readonly Batch[], packets: number): void {
  const sums: Record<string, number> = {};
  for (const batch of batches) {
    if (batch.kind !== 'metrics') continue;
    for (const metric of batch.metrics) {
      if (metric.kind !== 'sum' && metric.kind !== 'gauge') continue;
      sums[metric.name] = metric.points.reduce((sum, { value }) => sum + value, 0);
    }
  }
  assert.equal(sums['lagpipe.pcap.packets'], packets);
  assert.equal(sums['lagpipe.pcap.segments'], packets);
  assert.equal(
    sums['lagpipe.pcap.connections.opened'],
    sums['lagpipe.pcap.connections.ended'] + sums['lagpipe.pcap.connections.open'],
  );
}

describe('any traffic that TCP allows', () => {
  it('gives the same exchanges at the same times, however its packets were cut, lost, doubled and shuffled', () => {
    fc.assert(
      fc.property(impairments, seed, (harm, seedNumber) => {
        const flows = http1Flows(seedNumber, harm, 3);
        const batches = decodeCapture(captureOf(flows));
        for (const flow of flows) {
          const events = exchangesOf(batches, flow.clientPort);
          assert.deepEqual(events.map(contentOf), expectedContent(flow.conversation));
          const times = expectedTimes(flow);
          events.forEach((event, index) => {
            assertSameTimes(timesOf(event), times[index]);
          });
        }
        assertSumsAddUp(
          batches,
          flows.reduce((sum, { segments }) => sum + segments.length, 0),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('gives the turns of a protocol that nobody knows', () => {
    fc.assert(
      fc.property(impairments, seed, (harm, seedNumber) => {
        const random = randomNumbers(seedNumber);
        const conversation = opaqueConversation(random);
        const largestSegment = Math.max(harm.largestSegment, 20);
        const { segments } = new Wire(conversation, { ...harm, largestSegment }, random, 0);
        const batches = decodeCapture(
          captureOf([{ segments, ipVersion: 4, clientPort: 40_000, serverPort: 9999 }]),
        );
        const turns = eventsOf(batches).filter(({ name }) => name === 'tcp.exchange');
        const sizes = turns.map(({ attributes }) => [
          attributes['http.request.size'],
          attributes['http.response.size'],
        ]);
        const expected = Array.from({ length: conversation.bursts.length / 2 }, (_, index) => [
          conversation.bursts[index * 2].bytes.length,
          conversation.bursts[index * 2 + 1].bytes.length,
        ]);
        assert.deepEqual(sizes, expected);
        assertSumsAddUp(batches, segments.length);
      }),
      { numRuns: 30 },
    );
  });

  it('gives every exchange that is wholly in the capture, and marks those that are not', () => {
    fc.assert(
      fc.property(impairments, seed, fc.integer({ min: 1, max: 20 }), (harm, seedNumber, lostPercent) => {
        const random = randomNumbers(seedNumber + 1);
        // A copy that comes when an ACK has said that the first had arrived is no help: the hole is given up by then.
        // With a few bytes in a segment a loss leaves nothing by which the next start line could be known.
        const largestSegment = Math.max(536, harm.largestSegment);
        const mild = {
          ...harm,
          smallestSegment: 24,
          largestSegment,
          lostBehind: 0,
          duplicated: 0,
          overlapped: 0,
        };
        const flows = http1Flows(seedNumber, mild, 2, false);
        const lost = new Set<WireSegment>();
        for (const { segments } of flows) {
          // Where a request and another response are missing, nobody can say which belong together.
          const lossy = random(2) === 0;
          for (const segment of segments)
            if (segment.fromClient === lossy && segment.payload.length > 0 && random(100) < lostPercent)
              lost.add(segment);
        }
        const batches = decodeCapture(captureOf(flows, (segment) => !lost.has(segment)));
        for (const flow of flows) assertIntact(flow, lost, exchangesOf(batches, flow.clientPort));
        assertSumsAddUp(batches, flows.reduce((sum, { segments }) => sum + segments.length, 0) - lost.size);
      }),
      { numRuns: 50 },
    );
  });
});

/** Every exchange without a lost byte came out as it was; one with lost bytes says so, if it came out at all. */
function assertIntact(flow: Http1Flow, lost: ReadonlySet<WireSegment>, events: readonly Event[]): void {
  const captured = flow.segments.filter((segment) => !lost.has(segment));
  const missing = [true, false].map((fromClient) => missingBytes(captured, flow.segments, fromClient));
  let requestStart = 0;
  let responseStart = 0;
  for (const { request: _request, response: _response, untilClose: _close, ...truth } of flow.conversation
    .exchanges) {
    const requestLost = missing[0](requestStart, requestStart + truth.requestBytes);
    const responseLost = missing[1](responseStart, responseStart + truth.responseBytes);
    requestStart += truth.requestBytes;
    responseStart += truth.responseBytes;
    const found = events.filter(({ attributes }) => attributes['url.original'] === truth.target);
    if (requestLost + responseLost === 0) {
      assert.deepEqual(
        found.map((event) => ({ ...contentOf(event), missed: undefined })),
        [{ ...truth, incomplete: undefined, missed: undefined }],
      );
    } else {
      for (const { attributes } of found) {
        const isMarked =
          Number(attributes['lagpipe.exchange.missed_bytes']) > 0 ||
          attributes['lagpipe.exchange.incomplete'] !== undefined;
        assert.ok(isMarked, `${truth.target} lost ${requestLost} and ${responseLost} bytes, unmarked`);
      }
    }
  }
}

/** How many bytes of a range of one direction are in no captured segment. */
function missingBytes(captured: readonly WireSegment[], all: readonly WireSegment[], fromClient: boolean) {
  const total = inOrderNanos(all, fromClient).length;
  const isThere = new Uint8Array(total);
  for (const { offset, payload, fromClient: side } of captured)
    if (side === fromClient) isThere.fill(1, offset, offset + payload.length);
  return (from: number, to: number) => isThere.subarray(from, to).reduce((sum, there) => sum + 1 - there, 0);
}
