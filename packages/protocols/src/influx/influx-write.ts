import type { HttpHandler, TakenBody } from '../http/http-handler.ts'
import { jsonReply, type HttpReply, type HttpRefusal } from '../http/http-request.ts'
import type { ParseProblem } from '../source/problem.ts'
import { createTurns } from '../source/turns.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import type { TagDatabase } from './database-tag.ts'
import { errorHeaders, influxHeaders, plainText, refusalHeaders } from './influx-answers.ts'
import { queryOf, type InfluxGuard } from './influx-auth.ts'
import type { InfluxParser } from './influx-parser.ts'
import { precisionOf } from './influx-time.ts'

/** How many bytes of lines are read in one turn of the event loop. */
const sliceBytes = 65_536

const badPrecision: HttpRefusal = {
  status: 400,
  reason: 'unsupported',
  message: 'invalid precision: it is one of n, ns, u, us, ms, s, m, h',
}

/** One of the two addresses of points. */
interface WriteAddress {
  readonly path: '/write' | '/api/v2/write'
  /** The parameter of the query that says where points go. */
  readonly database: 'db' | 'bucket'
  readonly code: { readonly code?: string }
}

export const writeAddresses: readonly WriteAddress[] = [
  { path: '/write', database: 'db', code: {} },
  { path: '/api/v2/write', database: 'bucket', code: { code: 'invalid' } },
]

/** Takes the points that are posted to one of the addresses. */
export function createWriteHandler(
  { path, database, code }: WriteAddress,
  prefix: string,
  parser: InfluxParser,
  maxValues: number,
  guard: InfluxGuard,
  tagDatabase: TagDatabase | undefined,
): HttpHandler {
  const readOn = createTurns()
  return {
    name: 'influx',
    methods: ['POST'],
    owns: (asked) => asked === `${prefix}${path}`,
    check(request) {
      const refused = guard(request)
      if (refused !== undefined) return refused
      return precisionOf(queryOf(request).get('precision') ?? '') === undefined ? badPrecision : undefined
    },
    take(body, request, receivedAt, sink) {
      const query = queryOf(request)
      const precision = precisionOf(query.get('precision') ?? '')
      let [values, filtered, at] = [0, 0, 0]
      let hint: string | undefined
      const own: ParseSink = {
        sample(sample) {
          values += 1
          sink.sample(sample)
        },
        problem(problem) {
          filtered += 1
          hint ??= problem.message
          sink.problem(problem)
        },
      }
      const given = query.get(database) ?? ''
      const parts = tagDatabase === undefined || given === '' ? own : tagDatabase(given, own)
      const step = (): TakenBody | undefined => {
        at = parser.parseSlice(body, at, at + sliceBytes, receivedAt, parts, precision)
        const taken = { filtered, ...(hint !== undefined && { hint }) }
        if (at >= body.length) return taken
        // A line that is refused costs more than one that is taken.
        return values + filtered < maxValues
          ? undefined
          : { ...taken, stopped: tooMany(maxValues, at, body.length) }
      }
      return step() ?? readOn(step)
    },
    reply(samples, { filtered, stopped, hint }) {
      if (stopped !== undefined) return refusal(413, `${stopped.message}; ${samples} were taken`, code)
      if (filtered === 0) return { status: 204, headers: influxHeaders, body: '' }
      const what = samples === 0 ? 'unable to parse' : 'partial write'
      return refusal(400, `${what}: ${hint ?? ''} dropped=${filtered}`, code)
    },
    refusalHeaders,
  }
}

const tooMany = (maxValues: number, start: number, end: number): ParseProblem => ({
  reason: 'too-many-values',
  message: `a request has at most about ${maxValues} values`,
  ...{ start, end },
})

function refusal(status: number, message: string, code: WriteAddress['code']): HttpReply {
  const plain = plainText(message)
  const said = code.code === undefined ? { error: plain } : { ...code, message: plain }
  return jsonReply(status, said, errorHeaders(message))
}
