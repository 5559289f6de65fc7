import { number, text } from './emits.ts';

/** What a part of a component says of itself besides its state: the attributes of a `PartStatus`. */
export const PART = {
  attach: text('lagpipe.part.attach', 'by which kinds of kernel hook the part is attached'),
  covers: text('lagpipe.part.covers', 'what these hooks see, where it is not everything'),
  refused: text('lagpipe.part.refused', 'which better kinds the kernel refused, each with the reason'),
  restarts: number('lagpipe.part.restarts', '{restart}', 'how often the eBPF loader had to be started anew'),
  unjudged: text('lagpipe.part.unjudged_rules', 'rules of `diagnose` for which no source gives figures'),
} as const;
