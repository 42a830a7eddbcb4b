import { type Checks, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { createFrameReader } from '../listening/frame-reader.ts'
import {
  defaultListen,
  listenChecks,
  type ListenOptions,
  type ResolvedListen,
} from '../listening/listen-options.ts'
import { listeningSource } from '../listening/listening-source.ts'
import { limit } from '../option-checks.ts'
import type { Source } from '../source/source.ts'
import { defaultPointOptions, pointChecks, type PointOptions, type ResolvedPoints } from './graphite-point.ts'
import { createPickleParser } from './pickle-parser.ts'

/** Where {@link graphitePickle} listens, its limits, and how it reads timestamps. */
export interface GraphitePickleOptions extends ListenOptions, PointOptions {
  /** What carries pickles to `host` and `port`: they come in streams. */
  readonly transport?: 'tcp' | 'tls' | undefined
  /**
   * Longest pickle, bytes; a longer one is passed over.
   * @defaultValue 1048576, as carbon's `PICKLE_RECEIVER_MAX_LENGTH`
   */
  readonly maxFrameBytes?: number | undefined
}

type Resolved = ResolvedListen & ResolvedPoints & { readonly maxFrameBytes: number }

/** The defaults of {@link graphitePickle}. */
export const defaultGraphitePickleOptions: Resolved = Object.freeze({
  ...defaultListen,
  ...defaultPointOptions,
  port: 2004,
  transport: 'tcp',
  maxFrameBytes: 1024 * 1024,
})

const checks: Checks<GraphitePickleOptions> = {
  ...listenChecks(['tcp', 'tls', 'unix']),
  ...pointChecks,
  maxFrameBytes: limit,
}

/**
 * Listens for graphite's pickles, as carbon's relays send them: each behind its length, four bytes big-endian, over TCP. It unpickles
 * nothing, see {@link createPickleParser}; still, whoever does not need it leaves it out.
 *
 * - Emits: each value as it arrives, kind `gauge`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: up to `maxFrameBytes` for each connection, as far as they have come, 10 MiB for the values of one pickle, and `maxNameBytes`
 *   of names.
 * - Time: the point's own; `clock` at arrival where that is -1.
 *
 * While a subscriber of batches has no room, connections are not read, so that senders wait.
 */
export function graphitePickle(options: GraphitePickleOptions = {}): Source<Sample> {
  const resolved = resolveOptions<Resolved>(defaultGraphitePickleOptions, options, checks, badOption)
  const { maxFrameBytes, maxNameBytes, timestamps } = resolved
  return listeningSource('graphite-pickle', resolved, (feed, base) => {
    const parser = createPickleParser({ maxNameBytes, timestamps })
    return {
      // No address of datagrams passes the checks.
      datagram: () => undefined,
      open: (peer) => createFrameReader(feed, base, parser, peer, maxFrameBytes),
    }
  })
}
