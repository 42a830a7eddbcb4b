import { type Check, type Defined, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { HttpSource } from '../http/http-handler.ts'
import { defaultHttp, httpChecks, type HttpOptions, type ResolvedHttp } from '../http/http-options.ts'
import { httpSource } from '../http/http-source.ts'
import { createRemoteWriteHandler } from './remote-write-handler.ts'
import {
  createRemoteWriteParser,
  defaultRemoteWriteParser,
  remoteWriteParserChecks,
  type RemoteWriteParserOptions,
} from './remote-write-parser.ts'

/** Who may send to {@link remoteWrite}, where it listens, and its limits. */
export interface RemoteWriteOptions extends HttpOptions, RemoteWriteParserOptions {
  /**
   * Where it is: the path of `url` in Prometheus' `remote_write`.
   * @defaultValue `'/api/v1/write'`
   */
  readonly path?: string | undefined
}

type ResolvedRemoteWrite = ResolvedHttp & Defined<RemoteWriteParserOptions> & { readonly path: string }

/** The defaults of {@link remoteWrite}. */
export const defaultRemoteWriteOptions: ResolvedRemoteWrite = Object.freeze({
  ...defaultHttp,
  ...defaultRemoteWriteParser,
  path: '/api/v1/write',
})

const pathOf: Check = (value) =>
  typeof value === 'string' && /^(\/[^/?#]+)+$/.test(value) ? undefined : 'a path such as "/api/v1/write"'

/**
 * Takes Prometheus' remote write, versions 1.0 and 2.0, packed with snappy, as Prometheus, its agents and many other collectors send it. See
 * {@link createRemoteWriteParser} for what it reads. It listens itself where `port` or `listen` is given; else its requests come by
 * `serve`, `toNodeHandler` or `toWebHandler`.
 *
 * Replies: 204 once all subscribers have acknowledged all of it; 400 with `{"error":…}` where something in it is wrong, which the sender
 * does not send again, and all else is taken; 413 too large, too many values or labels too long together; 415, before the body is read, another type or encoding; 401,
 * 403, 405; and 503 as `httpTrap` does, which senders send again. Replies to 2.0 say in `X-Prometheus-Remote-Write-Samples-Written` and
 * `-Histograms-Written` how much of it is taken; samples that are no numbers count as taken, for to send them again is of no use. No exemplar
 * is ever taken.
 *
 * - Emits: the samples of a request, one batch for each. All subscribers get those that are handed in, each its own of `port`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: `maxPendingBytes` of bodies, counted as they come and then unpacked, with the samples of those that are not acknowledged, and
 *   `maxNameBytes` of names. What a body says that it unpacks to is compared with the limits before it is unpacked.
 * - Time: that of the samples.
 */
export function remoteWrite(options: RemoteWriteOptions = {}): HttpSource<Sample> {
  const resolved = resolveOptions<ResolvedRemoteWrite>(
    defaultRemoteWriteOptions,
    options,
    { ...httpChecks, ...remoteWriteParserChecks, path: pathOf },
    badOption,
  )
  const { path, maxValues, maxLabelBytes, maxNameBytes, maxFutureMs, unsortedLabels } = resolved
  const parser = createRemoteWriteParser({
    maxValues,
    maxLabelBytes,
    maxNameBytes,
    maxFutureMs,
    unsortedLabels,
  })
  return httpSource('remoteWrite', [createRemoteWriteHandler(path, parser)], resolved)
}
