import { type Check, resolveOptions, type Sample, text } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultHttp, httpChecks, type HttpOptions, type ResolvedHttp } from '../http/http-options.ts'
import type { HttpSource } from '../http/http-handler.ts'
import { httpSource } from '../http/http-source.ts'
import { defaultNameBytes, limit, nameBytesLimit, nestingLimit } from '../option-checks.ts'
import { createTrapHandler } from './trap-handler.ts'
import { createHttpTrapParser, type HttpTrapParserOptions } from './trap-parser.ts'

/** Who may send to {@link httpTrap}, where it listens, and its limits. */
export interface HttpTrapOptions extends HttpOptions, HttpTrapParserOptions {
  /** The last part of the path that senders must know. Compared in constant time; shown nowhere. */
  readonly secret: string
  /**
   * Where the trap is: it takes `<path>/<secret>` and `<path>/<anything>/<secret>`.
   * @defaultValue `'/module/httptrap'`
   */
  readonly path?: string | undefined
}

type ResolvedTrap = ResolvedHttp &
  Required<HttpTrapParserOptions> & { readonly secret: string; readonly path: string }

/** The defaults of {@link httpTrap}. */
export const defaultHttpTrapOptions: Omit<ResolvedTrap, 'secret'> = Object.freeze({
  ...defaultHttp,
  path: '/module/httptrap',
  maxDepth: 32,
  maxValues: 100_000,
  maxNameBytes: defaultNameBytes,
})

const pathOf: Check = (value) =>
  typeof value === 'string' && /^(\/[^/?#]+)+$/.test(value) ? undefined : 'a path such as "/module/httptrap"'

/**
 * Takes JSON by POST or PUT as Circonus' HTTPTrap does. See {@link createHttpTrapParser} for what it reads. It listens itself where
 * `port` or `listen` is given; else its requests come by `serve`, `toNodeHandler` or `toWebHandler`.
 *
 * Replies: 200 `{"stats":n,"filtered":m}` once all subscribers have acknowledged, 403 wrong secret, 405 wrong method, 406 bad
 * JSON (what came before the fault is kept), 413 too large or too many values or names, 415 an encoding other than gzip and deflate. 503, whose `error` says which:
 * nobody is subscribed; a subscriber has no room for another batch; they were not acknowledged within `ackTimeoutMs`; a subscriber
 * left before it acknowledged. The samples may have been stored all the same where the sender then sends them again.
 *
 * - Emits: the values of a request, one batch for each. All subscribers get those that are handed in, each its own of `port`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: `maxPendingBytes` of bodies, with the samples of those that are not acknowledged, and `maxNameBytes` of names.
 * - Time: `_ts` of a value, else `clock` at arrival.
 */
export function httpTrap(options: HttpTrapOptions): HttpSource<Sample> {
  // Before the other checks, whose messages show numbers.
  if (typeof options.secret !== 'string') throw badOption('option "secret" must be a string')
  const resolved = resolveOptions<ResolvedTrap>(
    { ...defaultHttpTrapOptions, secret: '' },
    options,
    {
      ...httpChecks,
      secret: text(),
      path: pathOf,
      maxDepth: nestingLimit,
      maxValues: limit,
      maxNameBytes: nameBytesLimit,
    },
    badOption,
  )
  const { path, secret, maxDepth, maxValues, maxNameBytes } = resolved
  const parser = createHttpTrapParser({ maxDepth, maxValues, maxNameBytes })
  return httpSource('httpTrap', [createTrapHandler(path, secret, parser)], resolved)
}
