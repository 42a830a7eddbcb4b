import { resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { Source } from '../source/source.ts'
import { defaultHttp, httpChecks, type HttpOptions, type ResolvedHttp } from './http-options.ts'
import type { HttpSource } from './http-handler.ts'
import { httpSource } from './http-source.ts'

/** Where {@link serve} listens, who may send, and how much. */
export type ServeOptions = HttpOptions

/**
 * One server for several protocols that come over HTTP: each source takes the paths that are its own. What `serve` is told of limits and
 * of who may send holds for all of them, beside what each asks itself.
 *
 * - Emits: what the sources would, in the order of arrival.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`; the call throws where there is neither `port` nor `listen`.
 * - Memory: `maxPendingBytes` of bodies, and what each source keeps.
 * - Time: that of the sources, `clock` at arrival.
 *
 * @example
 * ```ts
 * import { serve } from '@tocsin/protocols/http'
 * import { httpTrap } from '@tocsin/protocols/http-trap'
 *
 * const collected = serve({ port: 0, auth: { bearer: ['open-sesame'] } }, [httpTrap({ secret: 'door' })])
 * const subscription = collected.subscribe(({ series, value }) => console.log(series.key, value)) // => queue`depth 7
 * collected.listening.subscribe(async ({ port }) => {
 *   await fetch(`http://127.0.0.1:${port}/module/httptrap/door`, {
 *     method: 'PUT',
 *     headers: { authorization: 'Bearer open-sesame' },
 *     body: '{ "queue": { "depth": 7 } }',
 *   })
 *   subscription.unsubscribe()
 * })
 * ```
 */
export function serve(options: ServeOptions, sources: readonly HttpSource<Sample>[]): Source<Sample> {
  const resolved = resolveOptions<ResolvedHttp>(defaultHttp, options, httpChecks, badOption)
  if (resolved.port === undefined && resolved.listen === undefined)
    throw badOption('serve needs "port" or "listen"')
  return httpSource(
    'serve',
    sources.flatMap(({ handlers }) => handlers),
    resolved,
  )
}
