import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Exchange } from '../events/exchange.ts';
import { PendingExchanges } from './pending-exchanges.ts';

describe('PendingExchanges', () => {
  it('does what a list does', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('add', 'add', 'answered', 'take')), (operations) => {
        const pending = new PendingExchanges();
        const expected: Exchange[] = [];
        for (const what of operations) {
          const answering = expected.find(({ isResponseOver }) => !isResponseOver);
          if (what === 'add') {
            const exchange = new Exchange(0, 0);
            pending.add(exchange);
            expected.push(exchange);
          } else if (what === 'answered' && answering !== undefined) {
            pending.answered();
            assert.ok(answering.isResponseOver);
          } else if (what === 'take' && expected.length > 0) {
            assert.equal(pending.take(), expected.shift());
          }
          assert.equal(pending.size, expected.length);
          assert.equal(pending.oldest, expected[0]);
          assert.equal(
            pending.answering,
            expected.find(({ isResponseOver }) => !isResponseOver),
          );
          assert.equal(pending.waiting, expected.filter(({ isResponseOver }) => !isResponseOver).length);
        }
      }),
    );
  });
});
