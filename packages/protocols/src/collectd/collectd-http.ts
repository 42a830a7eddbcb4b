import { type Check, optional, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { createSecretCheck } from '../http/http-auth.ts'
import type { HttpReceiver, HttpSource } from '../http/http-handler.ts'
import { defaultHttp, httpChecks, type HttpOptions, type ResolvedHttp } from '../http/http-options.ts'
import { jsonReply } from '../http/http-request.ts'
import { httpSource } from '../http/http-source.ts'
import {
  collectdJsonParserChecks,
  createCollectdJsonParser,
  defaultCollectdJsonParser,
  type CollectdJsonParser,
  type CollectdJsonParserOptions,
} from './collectd-json-parser.ts'

/** Who may send to {@link collectdHttp}, where it listens, and its limits. */
export interface CollectdHttpOptions extends HttpOptions, CollectdJsonParserOptions {
  /**
   * Where it is: the path of `URL` in collectd's configuration.
   * @defaultValue `'/module/collectd'`
   */
  readonly path?: string | undefined
  /**
   * A last part of the path that senders must know: then it is at `<path>/<secret>`. Compared in constant time; shown nowhere.
   * @defaultValue none
   */
  readonly secret?: string | undefined
}

type ResolvedCollectdHttp = ResolvedHttp &
  Required<CollectdJsonParserOptions> & { readonly path: string; readonly secret?: string | undefined }

/** The defaults of {@link collectdHttp}. */
export const defaultCollectdHttpOptions: ResolvedCollectdHttp = Object.freeze({
  ...defaultHttp,
  ...defaultCollectdJsonParser,
  path: '/module/collectd',
  secret: undefined,
})

const pathOf: Check = (value) =>
  typeof value === 'string' && /^(\/[^/?#]+)+$/.test(value) ? undefined : 'a path such as "/module/collectd"'
const secretOf: Check = (value) =>
  typeof value === 'string' && /^[^/?#]+$/.test(value) ? undefined : 'one part of a path, without / ? #'

/**
 * Takes what collectd's `write_http` posts in its format `JSON`, as reconnoiter's `/module/collectd` does. See
 * {@link createCollectdJsonParser} for what it reads. It listens itself where `port` or `listen` is given; else its requests come by
 * `serve`, `toNodeHandler` or `toWebHandler`.
 *
 * Replies: 200 `{"stats":n,"filtered":m}` once all subscribers have acknowledged, 400 for a document of another kind (what came before a
 * fault is kept), 401 or 403 for who may not send, 405, 413, 415, and 503 as `httpTrap` does. collectd sends nothing a second time,
 * whatever the reply; with `LogHttpError true` it logs what is 400 and more.
 *
 * - Emits: the values of a request, one batch for each. All subscribers get those that are handed in, each its own of `port`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: `maxPendingBytes` of bodies, with the samples of those that are not acknowledged, and `maxNameBytes` of names.
 * - Time: that of the value list, to the microsecond; `clock` at arrival where it has none.
 */
export function collectdHttp(options: CollectdHttpOptions = {}): HttpSource<Sample> {
  const resolved = resolveOptions<ResolvedCollectdHttp>(
    defaultCollectdHttpOptions,
    options,
    { ...httpChecks, ...collectdJsonParserChecks, path: pathOf, secret: optional(secretOf) },
    badOption,
  )
  const { path, secret, maxValues, maxNameBytes } = resolved
  const parser = createCollectdJsonParser({ maxValues, maxNameBytes })
  return httpSource('collectdHttp', [createHandler(path, secret, parser)], resolved)
}

function createHandler(path: string, secret: string | undefined, parser: CollectdJsonParser): HttpReceiver {
  const isSecret = secret === undefined ? undefined : createSecretCheck([secret, encodeURIComponent(secret)])
  return {
    name: 'collectdHttp',
    methods: ['POST', 'PUT'],
    owns: (asked) => asked === path || asked.startsWith(`${path}/`),
    check: (_request, asked) =>
      (isSecret?.(asked.slice(path.length + 1)) ?? asked === path)
        ? undefined
        : { status: 403, reason: 'forbidden', message: 'the secret in the path is wrong' },
    take: (body, _request, receivedAt, sink) => parser.parse(body, receivedAt, sink),
    reply(samples, { filtered, stopped }) {
      const counts = { stats: samples, filtered }
      if (stopped === undefined) return jsonReply(200, counts)
      const status = stopped.reason === 'too-many-values' ? 413 : 400
      return jsonReply(status, { error: stopped.message, ...counts })
    },
  }
}
