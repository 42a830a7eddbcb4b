import { type Check, type Defined, optional, resolveOptions, type Sample, text } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { HttpSource } from '../http/http-handler.ts'
import { defaultHttp, httpChecks, type HttpOptions, type ResolvedHttp } from '../http/http-options.ts'
import { httpSource } from '../http/http-source.ts'
import { limit } from '../option-checks.ts'
import { createDatabaseTag } from './database-tag.ts'
import { createAnswerHandlers } from './influx-answers.ts'
import { createInfluxGuard } from './influx-auth.ts'
import {
  createInfluxParser,
  defaultInfluxParser,
  influxParserChecks,
  type InfluxParserOptions,
} from './influx-parser.ts'
import { createWriteHandler, writeAddresses } from './influx-write.ts'

/** Who may send to {@link influx}, where it listens, and its limits. */
export interface InfluxOptions extends HttpOptions, Omit<InfluxParserOptions, 'precision'> {
  /**
   * What stands in front of `/write` and the others, such as `'/influx'`, where it is one of several behind one port.
   * @defaultValue none: `/write`, `/api/v2/write`, `/ping`, `/health`, `/query`
   */
  readonly path?: string | undefined
  /**
   * Category of a tag that says the database of each sample, or the bucket: without it, points of one name in two databases are one series.
   * A series that has the tag already keeps it.
   * @defaultValue none
   */
  readonly databaseTag?: string | undefined
  /**
   * About the most values of one request, with the lines that are refused; larger ones get 413, and what was read of them is taken.
   * @defaultValue 100000
   */
  readonly maxValues?: number | undefined
}

type ResolvedInflux = ResolvedHttp &
  Defined<Pick<InfluxOptions, 'maxLineBytes' | 'maxNameBytes' | 'maxValues'>> &
  Pick<InfluxOptions, 'databaseTag'> & { readonly path: string }

/** The defaults of {@link influx}. */
export const defaultInfluxOptions: ResolvedInflux = Object.freeze({
  ...defaultHttp,
  maxLineBytes: defaultInfluxParser.maxLineBytes,
  maxNameBytes: defaultInfluxParser.maxNameBytes,
  path: '',
  databaseTag: undefined,
  maxValues: 100_000,
})

const pathOf: Check = (value) =>
  typeof value === 'string' && /^(\/[^/?#]+)*$/.test(value) ? undefined : 'a path such as "/influx", or empty'

/**
 * Takes what clients write to an InfluxDB, of version 1 (`/write`) and 2 (`/api/v2/write`), and answers what they ask before: `/ping`,
 * `/health`, and of `/query` what makes and lists databases. See {@link createInfluxParser} for what it reads. It listens itself where
 * `port` (InfluxDB's is 8086) or `listen` is given; else its requests come by `serve`, `toNodeHandler` or `toWebHandler`.
 *
 * Who may send is said by option `auth`; `bearer` are tokens of `Authorization: Token` too, and users may stand in the query as `u` and
 * `p`. `/ping` and `/health` ask nobody. Database, bucket, organisation and retention policy may be any or none.
 *
 * Replies: 204 once all subscribers have acknowledged; 400 where lines are wrong, with the first reason and how many were refused (of version
 * 1 in `error` and the header `X-Influxdb-Error`), after the others are acknowledged: `partial write: … dropped=N`, or, where none could be
 * taken, `unable to parse: … dropped=N`; 400 for another precision; 401, 403, 405, 413, 415, and 503 as `httpTrap` does, for `/ping`
 * and `/health` too: they say what a write would meet. Each has `X-Influxdb-Version`, and where something is wrong `X-Influxdb-Error`.
 *
 * - Emits: the values of a request, one batch for each. All subscribers get those that are handed in, each its own of `port`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: `maxPendingBytes` of bodies, with the samples of those that are not acknowledged, and `maxNameBytes` of names; with
 *   `databaseTag` up to 16 times the latter.
 * - Time: that of the line, to the microsecond; `clock` at arrival where it has none.
 */
export function influx(options: InfluxOptions = {}): HttpSource<Sample> {
  const { maxLineBytes, maxNameBytes } = influxParserChecks
  const resolved = resolveOptions<ResolvedInflux>(
    defaultInfluxOptions,
    options,
    {
      ...httpChecks,
      ...{ maxLineBytes, maxNameBytes },
      path: pathOf,
      databaseTag: optional(text()),
      maxValues: limit,
    },
    badOption,
  )
  const { auth, path, databaseTag } = resolved
  const guard = createInfluxGuard(auth)
  const parser = createInfluxParser({
    maxLineBytes: resolved.maxLineBytes,
    maxNameBytes: resolved.maxNameBytes,
  })
  const tagDatabase = databaseTag === undefined ? undefined : createDatabaseTag(databaseTag)
  const handlers = [
    ...writeAddresses.map((address) =>
      createWriteHandler(address, path, parser, resolved.maxValues, guard, tagDatabase),
    ),
    ...createAnswerHandlers(path, guard),
  ]
  // Clients say who they are in more ways than the base asks for.
  return httpSource('influx', handlers, { ...resolved, auth: undefined })
}
