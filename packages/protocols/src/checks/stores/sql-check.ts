import { type Defined, optional, resolveOptions, text, wholeNumber } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import { answeredBadly, noAnswer, notAsked, outcomeOfFailure } from '../check-failure.ts'
import { abortable } from '../exchange/abortable.ts'
import { failure } from '../exchange/failures.ts'
import { measureRows, rowsOf, type SqlRowsOptions } from './sql-rows.ts'

/** Asks a database; gives rows as objects, or what a driver gives them in. */
export type SqlQuery = (query: string, signal: AbortSignal) => PromiseLike<unknown>

/** A client or a pool of a driver, such as those of pg and mysql2/promise. */
export interface SqlClient {
  /** Asks, and gives rows, or what a driver gives them in. */
  query(query: string): PromiseLike<unknown>
}

/** A client that ends with the run that it was made for. */
export interface SqlConnection extends SqlClient {
  /** Ends it in order. */
  end?(): unknown
  /** Ends it at once, whatever it does. */
  destroy?(): unknown
  /** Hears of errors between queries, which would end the process where nobody does. */
  on?(event: 'error', listener: () => void): unknown
}

/** How {@link sqlCheck} looks; `client` or `connect` is given. */
export interface SqlCheckOptions {
  /** What to ask, in SQL. Choose what changes nothing, and has an index. */
  readonly query: string
  /** Whom to ask: a client or a pool that you keep, or a function. What it asks is asked to its end, also after the time-out. */
  readonly client?: SqlClient | SqlQuery | undefined
  /** Connects for one run, whose end ends the connection too. It must give up by itself, or at the signal. */
  readonly connect?: ((signal: AbortSignal) => PromiseLike<SqlConnection>) | undefined
  /**
   * Columns by which rows are told apart; each becomes a tag of its name.
   * @defaultValue the first as tag `row`, where there are several
   */
  readonly labels?: readonly string[] | undefined
  /**
   * Columns with what only grows, which become counters.
   * @defaultValue none
   */
  readonly counters?: readonly string[] | undefined
  /**
   * Most rows to measure.
   * @defaultValue 1000
   */
  readonly maxRows?: number | undefined
  /**
   * Name of the check.
   * @defaultValue `'sql'`
   */
  readonly name?: string | undefined
  /**
   * Host of the database, for places by host.
   * @defaultValue none
   */
  readonly host?: string | undefined
}

/** The defaults of {@link sqlCheck}. */
export const defaultSqlCheckOptions: Readonly<
  Defined<Pick<SqlCheckOptions, 'counters' | 'maxRows' | 'name'>>
> = Object.freeze({ counters: Object.freeze([]), maxRows: 1000, name: 'sql' })

const checks = {
  query: text(),
  client: optional((value: unknown) =>
    typeof value === 'function' || hasQuery(value) ? undefined : 'an object with query, or a function',
  ),
  connect: optional((value: unknown) => (typeof value === 'function' ? undefined : 'a function')),
  labels: optional(names),
  counters: names,
  maxRows: wholeNumber(1),
  name: text(),
  host: optional(text()),
}

function names(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
    ? undefined
    : 'a list of names of columns'
}

const hasQuery = (value: unknown): value is SqlClient =>
  typeof value === 'object' && value !== null && 'query' in value && typeof value.query === 'function'

type Resolved = SqlRowsOptions &
  Pick<SqlCheckOptions, 'query' | 'client' | 'connect' | 'host'> & { readonly name: string }

/**
 * A check of a database by one query, through the driver of your choice.
 *
 * Metrics: of each row its columns by their names: numbers, and texts that are numbers, as gauges, or as counters where you say so, whole
 * ones exactly; truth as 1 or 0; times in ms since the Unix epoch; the rest as texts; no null. Where there are several columns, the first
 * names the row, in the tag `row`. And the gauges `row_count`, `query_duration` (ms), and where the check connects `connect_duration` (ms).
 *
 * The state is bad where the database answers with an error, of which the status tells the code alone; unknown where there is no value; a
 * warning where rows were left out: those beyond `maxRows`, which the driver has read all the same, and those called as another.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`.
 *
 * @example
 * ```ts
 * import { runOnce, sqlCheck } from '@tocsin/protocols/checks'
 *
 * // With pg: const client = new pg.Pool({ … }); with mysql2/promise: const client = mysql.createPool({ … })
 * const client = { query: async () => ({ rows: [{ queue: 'mail', waiting: '12' }, { queue: 'push', waiting: '0' }] }) }
 * const query = 'SELECT queue, count(*) AS waiting FROM jobs GROUP BY queue'
 * const { state, samples } = await runOnce(sqlCheck({ name: 'jobs', query, client }))
 * const [mail] = samples.filter(({ series }) => series.metric === 'waiting')
 * console.log(state, mail?.series.key, mail?.value) // => good waiting|ST[row:mail] 12
 * ```
 */
export function sqlCheck(options: SqlCheckOptions): Check {
  const resolved = resolveOptions<Resolved>(
    {
      query: '',
      client: undefined,
      connect: undefined,
      labels: undefined,
      host: undefined,
      ...defaultSqlCheckOptions,
    },
    options,
    checks,
    badOption,
  )
  const { client, connect, name, host } = resolved
  if (client !== undefined && connect === undefined) {
    const query: SqlQuery = typeof client === 'function' ? client : (words) => client.query(words)
    return { name, host, run: withRefusals(askKept(resolved, query)) }
  }
  if (connect !== undefined && client === undefined)
    return { name, host, run: withRefusals((context) => askOnce(context, resolved, connect)) }
  throw badOption('options "client" and "connect": one of them must be given, and not both')
}

type Run = (context: CheckContext) => Promise<CheckOutcome>

/** A database that refuses has answered, and is ill: that is an outcome. */
const withRefusals =
  (run: Run): Run =>
  (context) =>
    run(context).catch(outcomeOfFailure)

/** Asks a client that is kept. What runs that were given up have asked must have ended: a client that hangs would gather queries. */
function askKept(options: Resolved, query: SqlQuery): Run {
  let givenUp = 0
  return async (context) => {
    if (givenUp > 0) throw noAnswer('no answer to the query of an earlier run yet')
    return ask(context, options, async (words, signal) => {
      const giveUp = (): void => void (givenUp += 1)
      signal.addEventListener('abort', giveUp)
      try {
        return await query(words, signal)
      } finally {
        signal.removeEventListener('abort', giveUp)
        if (signal.aborted) givenUp -= 1
      }
    })
  }
}

async function askOnce(
  context: CheckContext,
  options: Resolved,
  connect: (signal: AbortSignal) => PromiseLike<SqlConnection>,
): Promise<CheckOutcome> {
  const { signal, found, elapsedMs } = context
  signal.throwIfAborted()
  const startedMs = elapsedMs()
  const connecting = begin(() => connect(signal))
  let isEnded = false
  try {
    const connection = await whileRunning(signal, connecting, 'the connection')
    connection.on?.('error', () => undefined)
    found.gauge('connect_duration', elapsedMs() - startedMs)
    const outcome = await ask(context, options, (words) => connection.query(words))
    await whileRunning(
      signal,
      begin(() => connection.end?.()),
      'the end',
    )
    isEnded = true
    return outcome
  } finally {
    // Also one that comes after the time-out.
    if (!isEnded) connecting.then(endAtOnce).catch(() => undefined)
  }
}

const endAtOnce = (connection: SqlConnection): unknown =>
  connection.destroy === undefined ? connection.end?.() : connection.destroy()

async function ask(context: CheckContext, options: Resolved, query: SqlQuery): Promise<CheckOutcome> {
  const { signal, found, elapsedMs } = context
  signal.throwIfAborted()
  const startedMs = elapsedMs()
  const answer = await whileRunning(
    signal,
    begin(() => query(options.query, signal)),
    'the query',
  )
  found.gauge('query_duration', elapsedMs() - startedMs)
  const rows = rowsOf(answer)
  if (rows === undefined) throw notAsked('the query gave no rows; a function gives them as a list of objects')
  found.gauge('row_count', rows.length)
  const { values, leftOut } = measureRows(found, rows, options)
  if (values === 0) return { ...found.unknown(`${rows.length} rows came, and no value`), available: 'yes' }
  return leftOut === 0 ? found.good() : found.warning(`${leftOut} of ${rows.length} rows were left out`)
}

/** A promise also of what throws. */
const begin = async <T>(work: () => T): Promise<Awaited<T>> => await work()

const whileRunning = <T>(signal: AbortSignal, work: Promise<T>, what: string): Promise<T> =>
  abortable(signal, (resolve, reject) => {
    work.then(resolve, (error: unknown) =>
      reject(isAnswer(error) ? refusal(what, error) : failure(`${what} failed`, error)),
    )
    return () => undefined
  })

/** Whether an error of a driver is what the database said: pg, mysql2, mssql and oracledb have fields for that. */
const isAnswer = (error: unknown): error is { readonly code?: unknown } =>
  error instanceof Error &&
  (['severity', 'sqlState', 'errorNum', 'number'] as const).some((field) => {
    const value = (error as Partial<Record<typeof field, unknown>>)[field]
    return value !== undefined && value !== '' && value !== null
  })

/** Its words are left out, since they may repeat what was asked. */
const refusal = (what: string, { code }: { readonly code?: unknown }): Error =>
  answeredBadly(`${what} was answered by ${/^\w{1,64}$/.exec(String(code))?.[0] ?? 'an error'}`)
