import { type Checks, flag, oneOf, optional, text } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import { createHttpPost } from '../http/http-post.ts'
import {
  defaultHttpSink,
  httpSinkChecks,
  type HttpSinkOptions,
  type ResolvedHttpSink,
} from '../http/http-sink-options.ts'
import { createSink, type Sink } from '../sink.ts'
import {
  defaultSinkOptions,
  type ResolvedSink,
  resolveSink,
  sinkChecks,
  type SinkOptions,
} from '../sink-options.ts'
import { createInfluxDestination } from './influx-destination.ts'
import { createInfluxLines } from './influx-lines.ts'

/** Where {@link toInflux} writes to, and how. */
export interface ToInfluxOptions extends SinkOptions, HttpSinkOptions {
  /** The address of the server, `http://127.0.0.1:8086`; where it is behind a path, with that. */
  readonly url: string
  /** Which interface it has: 1 is `/write`, 2 is `/api/v2/write`. VictoriaMetrics has both. */
  readonly version: 1 | 2
  /** Version 1: the database. It must be there. */
  readonly database?: string | undefined
  /**
   * Version 1: the retention policy.
   * @defaultValue that of the database
   */
  readonly retentionPolicy?: string | undefined
  /**
   * Version 1: who writes.
   * @defaultValue nobody
   */
  readonly user?: string | undefined
  /**
   * Version 1: the password of the user. Shown nowhere.
   * @defaultValue none
   */
  readonly password?: string | undefined
  /** Version 2: the organisation. */
  readonly org?: string | undefined
  /** Version 2: the bucket. It must be there. */
  readonly bucket?: string | undefined
  /**
   * Version 2: the token. Shown nowhere. One that changes is given by option `headers`.
   * @defaultValue none
   */
  readonly token?: string | undefined
  /**
   * What a metric is there: with `'value'` a measurement of that name with the field `value`; with `'last-part'` what stands behind the last
   * dot is the field, so that what `influx` took goes out as it came in, as long as its fields have no dots.
   * @defaultValue `'value'`
   */
  readonly fields?: 'value' | 'last-part' | undefined
  /**
   * Which numbers are integers there: with `'exact'` those that a float would not hold, beyond 2^53; with `'counters'` also the whole values of
   * kind `counter` and `delta`. A field has one type, that of its first value: choose `'counters'` for counters that may grow
   * beyond 2^53 and are always whole.
   * @defaultValue `'exact'`
   */
  readonly integers?: 'exact' | 'counters' | undefined
  /**
   * Whether requests are packed.
   * @defaultValue true
   */
  readonly gzip?: boolean | undefined
}

type Optional = 'database' | 'retentionPolicy' | 'user' | 'password' | 'org' | 'bucket' | 'token'

type ResolvedToInflux = ResolvedSink &
  ResolvedHttpSink &
  Required<Pick<ToInfluxOptions, 'version'>> &
  Pick<ToInfluxOptions, Optional> & {
    readonly fields: 'value' | 'last-part'
    readonly integers: 'exact' | 'counters'
    readonly gzip: boolean
  }

/** The defaults of {@link toInflux}; `url` and `version` have none. */
export const defaultToInfluxOptions: Omit<ResolvedToInflux, 'url' | 'version'> = Object.freeze({
  ...defaultSinkOptions,
  ...defaultHttpSink,
  name: 'influx',
  ...{ database: undefined, retentionPolicy: undefined, user: undefined, password: undefined },
  ...{ org: undefined, bucket: undefined, token: undefined },
  fields: 'value',
  integers: 'exact',
  gzip: true,
})

const version = (value: unknown): string | undefined => (value === 1 || value === 2 ? undefined : '1 or 2')

const checks: Checks<ResolvedToInflux> = {
  ...sinkChecks,
  ...httpSinkChecks,
  version,
  ...{ database: optional(text()), retentionPolicy: optional(text()) },
  ...{ user: optional(text()), password: optional(text()) },
  ...{ org: optional(text()), bucket: optional(text()), token: optional(text()) },
  fields: oneOf('value', 'last-part'),
  integers: oneOf('exact', 'counters'),
  gzip: flag,
}

/**
 * Writes samples to an InfluxDB of version 1 or 2 as line protocol, in ms, one line for each. See `sink` for what all sinks do.
 *
 * Numbers are floats, those beyond 2^53 with `exact` integers (of version 2 also without a sign); texts are strings. Stale markers are left
 * out. Refused by name before they are sent, since InfluxDB has no form for them: histograms, sets, what is not finite, integers beyond
 * its own, times beyond 64 bits of nanoseconds, empty tags, control characters and a backslash at the end of a name, the
 * tag `time` (of version 2 `_field` and `_measurement` too), a measurement that begins with `#`. InfluxDB keeps one value for each
 * series, field and ms: what comes later takes its place, and the weight of observations is not kept.
 *
 * What an answer means: 2xx is taken. 413 is sent in halves. 400 and 422 that are about lines (`partial write`, `unable to parse`, a
 * field of another type) are refused: which lines is found by how many it dropped and by sending halves; what it has it takes again
 * unchanged. All else is kept and sent again: 401, 403, 404 (a database or bucket that is not there yet), 429, 5xx, and any other 400,
 * as `database is required`.
 *
 * - Emits: `SinkEvent`.
 * - Completes: when its source has and all is delivered or refused.
 * - Errors: with its source. Wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: the batches that are not acknowledged, a request, and 16 MiB of names.
 * - Time: the scheduler's.
 *
 * @example
 * ```ts
 * import { toInflux } from '@tocsin/protocols/sinks/influx'
 *
 * const write = toInflux({ url: 'http://127.0.0.1:8086', version: 1, database: 'tocsin' })
 * // subscriber.batches({ maxInFlight: 16 }).pipe(write).subscribe() of a journal's subscriber: what is not taken stays there
 * console.log(typeof write) // => function
 * ```
 */
export function toInflux(options: ToInfluxOptions): Sink {
  // Before the other checks, whose messages show numbers.
  for (const secret of ['password', 'token'] as const) {
    const given: unknown = (options as Partial<ToInfluxOptions> | undefined)?.[secret]
    if (given !== undefined && typeof given !== 'string')
      throw badOption(`option "${secret}" must be a string`)
  }
  const resolved = resolveSink<ResolvedToInflux>(
    { ...defaultToInfluxOptions, url: '', version: Number.NaN as 1 },
    options,
    checks,
  )
  const { scheduler, gzip } = resolved
  const target = { ...resolved, url: addressOf(resolved), headers: headersOf(resolved) }
  return createSink(
    () =>
      createInfluxDestination(createHttpPost(target, scheduler), createInfluxLines(resolved), gzip, () =>
        scheduler.now(),
      ),
    resolved,
  )
}

function addressOf(options: ResolvedToInflux): string {
  const { version: which, database, retentionPolicy, user, password, org, bucket, token } = options
  const [own, others] =
    which === 1
      ? [{ database }, { org, bucket, token }]
      : [
          { org, bucket },
          { database, retentionPolicy, user, password },
        ]
  for (const [name, value] of Object.entries(own))
    if (value === undefined) throw badOption(`version ${which} needs option "${name}"`)
  for (const [name, value] of Object.entries(others))
    if (value !== undefined) throw badOption(`option "${name}" is not one of version ${which}`)
  if ((user === undefined) !== (password === undefined))
    throw badOption('options "user" and "password" go together')
  if (user?.includes(':') === true) throw badOption('option "user" must have no colon')
  const address = new URL(options.url)
  address.pathname = `${address.pathname.replace(/\/$/, '')}${which === 1 ? '/write' : '/api/v2/write'}`
  const query = which === 1 ? { db: database, rp: retentionPolicy } : { org, bucket }
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(name, value)
  address.searchParams.set('precision', 'ms')
  return address.href
}

function headersOf({ user, password, token, headers }: ResolvedToInflux): HttpSinkOptions['headers'] {
  const own: Record<string, string> = {}
  if (user !== undefined)
    own['authorization'] = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
  if (token !== undefined) own['authorization'] = `Token ${token}`
  return () => ({ ...own, ...(typeof headers === 'function' ? headers() : headers) })
}
