import type { HttpHandler, HttpReceiver, TakenBody } from '../http/http-handler.ts'
import { jsonReply, type HttpReply } from '../http/http-request.ts'
import { queryOf, type InfluxGuard } from './influx-auth.ts'

/** What clients take for an InfluxDB; of a version that has both interfaces. */
const version = '1.8.10'

/** The headers of each answer. */
export const influxHeaders: Readonly<Record<string, string>> = {
  'x-influxdb-version': version,
  'x-influxdb-build': 'tocsin',
}

/** A header holds no more, and what is wrong may name a tag. */
export const plainText = (message: string): string => message.replaceAll(/[^\x20-\x7e]/g, '?')

/** The headers of an answer that says what is wrong: clients look there first. */
export const errorHeaders = (message: string): Readonly<Record<string, string>> => ({
  ...influxHeaders,
  'x-influxdb-error': plainText(message),
})

/** The same of a request that is not taken at all. */
export const refusalHeaders = (_: unknown, message: string): Readonly<Record<string, string>> =>
  errorHeaders(message)

const nothingTaken: TakenBody = { filtered: 0 }

/** Answers that it is there. Nobody is asked who it is, as InfluxDB does by default. */
const simple = (path: string, reply: HttpReply): HttpHandler => ({
  name: 'influx',
  methods: ['GET', 'HEAD'],
  owns: (asked) => asked === path,
  take: () => nothingTaken,
  reply: () => reply,
  refusalHeaders,
})

interface TakenQuery extends TakenBody {
  readonly results: readonly object[]
}

/** Answers what clients ask before they write. */
export const createAnswerHandlers = (prefix: string, guard: InfluxGuard): readonly HttpHandler[] => [
  simple(`${prefix}/ping`, { status: 204, headers: influxHeaders, body: '' }),
  simple(
    `${prefix}/health`,
    jsonReply(
      200,
      { name: 'influxdb', message: 'ready for queries and writes', status: 'pass', checks: [], version },
      influxHeaders,
    ),
  ),
  createQueryHandler(prefix, guard),
]

function createQueryHandler(prefix: string, guard: InfluxGuard): HttpHandler {
  const handler: HttpReceiver<TakenQuery> = {
    name: 'influx',
    methods: ['GET', 'POST'],
    owns: (asked) => asked === `${prefix}/query`,
    check: (request) => guard(request),
    take(body, request) {
      const text =
        queryOf(request).get('q') ?? new URLSearchParams(Buffer.from(body).toString()).get('q') ?? ''
      return { filtered: 0, results: answersOf(text) }
    },
    reply: (_, { results }) => jsonReply(200, { results }, influxHeaders),
    refusalHeaders,
  }
  return handler
}

/** Most statements of a query that are answered. */
const maxStatements = 100

const answersOf = (text: string): readonly object[] =>
  text
    .split(';', maxStatements)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map((statement, index) => ({ statement_id: index, ...answerOf(statement) }))

/** Databases are made by writing to them; what is asked of points is not known here. */
function answerOf(statement: string): object {
  if (/^(?:CREATE|ALTER)\s+(?:DATABASE|RETENTION\s+POLICY)\s/i.test(statement)) return {}
  if (/^SHOW\s+DATABASES$/i.test(statement)) return { series: [{ name: 'databases', columns: ['name'] }] }
  return {
    error: 'not supported: points are taken here and kept elsewhere, so that there is nothing to query',
  }
}
