import { excerpt } from '../source/excerpt.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { LineParser } from '../wire/line-parser.ts'
import { createLineSplitter } from '../wire/line-splitter.ts'
import { lineTooLong } from '../wire/lines.ts'
import type { Feed } from './feed.ts'
import type { StreamReader } from './stream-listener.ts'

/** Reads the lines of one connection; a sender that closes in order has ended its last line too. */
export function createLineReader(
  feed: Feed,
  base: SourceBase<ProblemReason>,
  parser: LineParser,
  peer: string,
  maxLineBytes: number,
): StreamReader {
  let isWhole = false
  const take = (bytes: Uint8Array): void => {
    // In a stream, offsets would depend on how the network cut it. Blank and refused lines are no progress.
    isWhole = feed.parse(parser, bytes, peer, { offsets: false }) || isWhole
  }
  const splitter = createLineSplitter(maxLineBytes, {
    lines: take,
    tooLong: (start) =>
      base.report('line-too-long', lineTooLong(maxLineBytes), { peer, excerpt: () => excerpt(start) }),
  })
  return {
    push(chunk) {
      isWhole = false
      splitter.push(chunk)
      return isWhole
    },
    end() {
      const rest = splitter.rest()
      return rest.length === 0 ? undefined : () => take(rest)
    },
    rest: () => splitter.rest(),
  }
}
