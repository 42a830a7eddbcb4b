import { type Checks, type Defined } from '@tocsin/core'

import { defaultNameBytes, limit, nameBytesLimit } from '../option-checks.ts'
import type { LineParserOptions } from '../wire/line-parser.ts'
import { defaultListen, listenChecks, type ListenOptions, type ResolvedListen } from './listen-options.ts'

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
