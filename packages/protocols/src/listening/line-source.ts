import type { Checks, Defined, Sample } from '@tocsin/core'

import { defaultNameBytes, limit, nameBytesLimit } from '../option-checks.ts'
import { excerpt } from '../source/excerpt.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { Source } from '../source/source.ts'
import type { LineParser, LineParserOptions } from '../wire/line-parser.ts'
import { createLineSplitter } from '../wire/line-splitter.ts'
import { lineTooLong } from '../wire/lines.ts'
import type { Feed } from './feed.ts'
import { defaultListen, listenChecks, type ListenOptions, type ResolvedListen } from './listen-options.ts'
import { listeningSource } from './listening-source.ts'
import type { StreamReader } from './stream-listener.ts'

/** Where a source of lines listens, and its limits. */
export interface LineSourceOptions extends ListenOptions, LineParserOptions {}

/** All of {@link LineSourceOptions}, resolved. */
export type ResolvedLines = ResolvedListen & Defined<LineParserOptions>

/** The defaults of a protocol of lines: its port, and what carries it. */
export const lineDefaults = (port: number, transport: 'udp' | 'tcp'): ResolvedLines =>
  Object.freeze({ ...defaultListen, port, transport, maxLineBytes: 8192, maxNameBytes: defaultNameBytes })

/** What {@link LineSourceOptions} allow; lines come over whatever carries bytes. */
export const lineChecks: Checks<LineSourceOptions> = {
  ...listenChecks(['udp', 'tcp', 'tls', 'unix']),
  maxLineBytes: limit,
  maxNameBytes: nameBytesLimit,
}

/** A source of a protocol of lines: `createParser` gives the parser of one subscription. */
export const lineSource = (
  name: string,
  options: ResolvedLines,
  createParser: (limits: LineParserOptions) => LineParser,
): Source<Sample> =>
  listeningSource(name, options, (feed, base) => {
    const { maxLineBytes, maxNameBytes } = options
    const parser = createParser({ maxLineBytes, maxNameBytes })
    return {
      datagram: (bytes, peer) => feed.parse(parser, bytes, peer, { offsets: true }),
      open: (peer) => createLineReader(feed, base, parser, peer, maxLineBytes),
    }
  })

/** Reads the lines of one connection; a sender that closes in order has ended its last line too. */
function createLineReader(
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
