import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import { createFrameSplitter } from '../wire/binary/frame-splitter.ts'
import type { Feed, FeedParser } from './feed.ts'
import type { StreamReader } from './stream-listener.ts'

/** Reads the frames of one connection, each behind its length. */
export function createFrameReader(
  feed: Feed,
  base: SourceBase<ProblemReason>,
  parser: FeedParser,
  peer: string,
  maxFrameBytes: number,
): StreamReader {
  let isWhole = false
  const splitter = createFrameSplitter(maxFrameBytes, {
    frame(bytes) {
      isWhole = true
      // Of the frame: in a stream, other offsets would depend on how the network cut it.
      feed.parse(parser, bytes, peer, { offsets: true })
    },
    tooLong: (length) =>
      base.report(
        'body-too-large',
        `a frame has at most ${maxFrameBytes} bytes, this one says ${length}; it is passed over`,
        { peer },
      ),
  })
  return {
    push(chunk) {
      isWhole = false
      splitter.push(chunk)
      return isWhole
    },
    end: () => undefined,
    rest: () => splitter.rest(),
  }
}
