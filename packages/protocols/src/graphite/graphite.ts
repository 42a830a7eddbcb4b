import { resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import {
  lineChecks,
  lineDefaults,
  type LineSourceOptions,
  type ResolvedLines,
} from '../listening/line-options.ts'
import { lineSource } from '../listening/listening-source.ts'
import type { Source } from '../source/source.ts'
import { createGraphiteParser } from './graphite-parser.ts'

/** Where {@link graphite} listens, and its limits. */
export type GraphiteOptions = LineSourceOptions

/** The defaults of {@link graphite}. */
export const defaultGraphiteOptions: ResolvedLines = lineDefaults(2003, 'tcp')

/**
 * Listens for graphite's plaintext lines, on TCP where nothing else is said. See {@link createGraphiteParser} for what it reads.
 *
 * - Emits: each value as it arrives, kind `gauge`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: one line for each connection, and `maxNameBytes` of names.
 * - Time: the line's own; `clock` at arrival where that is -1.
 *
 * While a subscriber of batches has no room, connections are not read, so that senders wait.
 */
export function graphite(options: GraphiteOptions = {}): Source<Sample> {
  const resolved = resolveOptions<ResolvedLines>(defaultGraphiteOptions, options, lineChecks, badOption)
  return lineSource('graphite', resolved, createGraphiteParser)
}
