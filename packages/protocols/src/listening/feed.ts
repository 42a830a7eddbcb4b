import type { Sample } from '@tocsin/core'

import { excerpt } from '../source/excerpt.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceStamp, type SampleSource } from '../source/sample-source.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { SourceRun } from '../source/source.ts'
import type { ParseSink } from '../wire/parse-sink.ts'

/** What takes bytes, and tells what was in them. */
export interface FeedParser {
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): void
}

/** What stands between the bytes of a listener and its subscriber. */
export interface Feed {
  /**
   * Hands bytes to a parser: what is refused becomes problems, with the offset where the bytes are a message of their own. Says whether
   * there were samples in them.
   */
  parse(parser: FeedParser, bytes: Uint8Array, peer: string, where: { readonly offsets: boolean }): boolean
  /** Hands on the samples of all that was parsed since the last time, as one batch. */
  emit(): void
}

/** Hands bytes to parsers, and their samples to a run. */
export function createFeed(
  base: SourceBase<ProblemReason>,
  run: SourceRun<Sample>,
  source: SampleSource | undefined,
): Feed {
  const stamp = createSourceStamp(source)
  let batch: Sample[] = []
  let message: { readonly bytes: Uint8Array; readonly peer: string; readonly offsets: boolean } = {
    ...{ bytes: new Uint8Array(0), peer: '', offsets: false },
  }
  // One for all messages: most of them hold a single line.
  const sink: ParseSink = {
    sample:
      stamp === undefined
        ? (sample) => batch.push(sample)
        : (sample) => batch.push(stamp(sample, message.peer)),
    problem({ reason, message: sentence, start, end }) {
      const { bytes, peer, offsets } = message
      const offset = offsets ? start : undefined
      base.report(reason, sentence, { peer, offset, excerpt: () => excerpt(bytes, start, end) })
    },
  }
  return {
    parse(parser, bytes, peer, { offsets }) {
      const before = batch.length
      message = { bytes, peer, offsets }
      parser.parse(bytes, base.clock.now(), sink)
      return batch.length > before
    },
    emit() {
      const samples = batch
      batch = []
      run.emit(samples)
    },
  }
}
