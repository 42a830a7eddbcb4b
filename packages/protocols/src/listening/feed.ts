import type { Sample } from '@tocsin/core'

import { excerpt } from '../source/excerpt.ts'
import type { LineParser } from '../wire/line-parser.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceRun } from '../source/source.ts'

/** What stands between the bytes of a listener and its subscriber. */
export interface Feed {
  /** Takes whole lines: what is refused becomes problems. */
  parse(bytes: Uint8Array, peer: string): void
  /** Hands on the samples of all that was parsed since the last time, as one batch. */
  emit(): void
}

/** Hands bytes to a parser, and its samples to a run. */
export function createFeed(
  base: SourceBase<ProblemReason>,
  parser: LineParser,
  run: SourceRun<Sample>,
  // In a stream, offsets would depend on how the network cut it.
  { offsets }: { readonly offsets: boolean },
): Feed {
  let batch: Sample[] = []
  return {
    parse(bytes, peer) {
      parser.parse(bytes, base.clock.now(), {
        sample: (sample) => batch.push(sample),
        problem: ({ reason, message, start, end }) =>
          base.report(reason, message, {
            peer,
            offset: offsets ? start : undefined,
            excerpt: () => excerpt(bytes, start, end),
          }),
      })
    },
    emit() {
      const samples = batch
      batch = []
      run.emit(samples)
    },
  }
}
