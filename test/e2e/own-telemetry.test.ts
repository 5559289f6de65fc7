import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startLagpipe } from './lagpipe.ts';
import { OtlpReceiver } from './otlp-receiver.ts';

const pipeline = (endpoint: string) => `agent:
  telemetry: { endpoint: "${endpoint}", interval: 1s }
sources:
  proc: { interval: 100ms }
sinks:
  stdout: { format: json }
pipelines:
  host: { sources: [proc], sinks: [stdout] }
`;

describe('the agent’s own telemetry', () => {
  it('arrives past all pipelines, and its last report is what --stats prints', async () => {
    await using receiver = await OtlpReceiver.start();
    const input = pipeline(receiver.endpoint);
    const { exitCode, stderr } = await startLagpipe(['run', '-', '--for', '1500ms', '--stats'], { input })
      .finished;
    assert.equal(exitCode, 0);
    const last = receiver.metrics.at(-1)?.metrics.find(({ name }) => name === 'lagpipe.component.records');
    assert.ok(last?.kind === 'sum');
    const delivered = last.points.find(
      ({ attributes }) => attributes['lagpipe.component.outcome'] === 'delivered',
    )?.value;
    assert.equal(String(delivered), /^sink stdout +\d+ +(\d+)/m.exec(stderr)?.[1]);
  });

  it('says once that nobody takes it, and does not disturb the pipelines', async () => {
    const input = pipeline('http://127.0.0.1:9');
    const { exitCode, stdout, stderr } = await startLagpipe(['run', '-', '--for', '2500ms'], { input })
      .finished;
    assert.equal(exitCode, 0);
    assert.ok(stdout.length > 0);
    assert.equal(stderr.match(/warn {2}agent: cannot send the agent's own figures: /g)?.length, 1, stderr);
  });
});
