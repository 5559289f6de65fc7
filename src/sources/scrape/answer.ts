import { isRecord, numberOf, parseJsonBytes, textOf } from '../../lib/json-shape.ts';

/** How one attempt at an endpoint went, which the decoder turns into metrics. */
export interface Answer {
  /** `waiting`: the attempt before this one has not ended. */
  readonly outcome: 'ok' | 'failed' | 'waiting';
  readonly seconds: number;
  /** Of the body that follows as a chunk of its own. */
  readonly contentType: string;
}

/** The names of an endpoint's chunks: how an attempt went, and then its body where there is one. */
export const chunkNames = {
  answer: (endpoint: string) => `answer ${endpoint}`,
  body: (endpoint: string) => `body ${endpoint}`,
};

/** `undefined` when the chunk is of neither kind. */
export function readChunkName(
  name: string,
): { readonly kind: 'answer' | 'body'; readonly endpoint: string } | undefined {
  const match = /^(answer|body) (.+)$/s.exec(name);
  return match ? { kind: match[1] === 'body' ? 'body' : 'answer', endpoint: match[2] } : undefined;
}

export function writeAnswer(answer: Answer): Uint8Array {
  return Buffer.from(JSON.stringify(answer));
}

/** `undefined` when the bytes are no answer. */
export function readAnswer(bytes: Uint8Array): Answer | undefined {
  const value = parseJsonBytes(bytes);
  if (!isRecord(value)) return undefined;
  const { outcome } = value;
  if (outcome !== 'ok' && outcome !== 'failed' && outcome !== 'waiting') return undefined;
  return { outcome, seconds: numberOf(value.seconds), contentType: textOf(value.contentType) };
}
