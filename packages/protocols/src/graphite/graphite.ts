import { type Checks, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import {
  lineChecks,
  lineDefaults,
  lineSource,
  type LineSourceOptions,
  type ResolvedLines,
} from '../listening/line-source.ts'
import type { Source } from '../source/source.ts'
import { createGraphiteParser } from './graphite-parser.ts'
import { defaultPointOptions, pointChecks, type PointOptions, type ResolvedPoints } from './graphite-point.ts'

/** Where {@link graphite} listens, its limits, and how it reads timestamps. */
export interface GraphiteOptions extends LineSourceOptions, PointOptions {}

type Resolved = ResolvedLines & ResolvedPoints

/** The defaults of {@link graphite}. */
export const defaultGraphiteOptions: Resolved = Object.freeze({
  ...defaultPointOptions,
  ...lineDefaults(2003, 'tcp'),
})

const checks: Checks<GraphiteOptions> = { ...pointChecks, ...lineChecks }

/**
 * Listens for graphite's plaintext lines, on TCP where nothing else is said. See {@link createGraphiteParser} for what it reads.
 *
 * - Emits: each value as it arrives, kind `gauge`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: one line for each connection, and `maxNameBytes` of names.
 * - Time: the line's own; `clock` at arrival where that is -1.
 *
 * While a subscriber of batches has no room, connections are not read, so that senders wait; datagrams are dropped and counted.
 */
export function graphite(options: GraphiteOptions = {}): Source<Sample> {
  const resolved = resolveOptions<Resolved>(defaultGraphiteOptions, options, checks, badOption)
  const { timestamps } = resolved
  return lineSource('graphite', resolved, (limits) => createGraphiteParser({ ...limits, timestamps }))
}
