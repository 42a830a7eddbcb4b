import type { BodyPacking, HttpReceiver, TakenBody } from '../http/http-handler.ts'
import { jsonReply, type HttpReply, type HttpRequest } from '../http/http-request.ts'
import type { ParseProblem } from '../source/problem.ts'
import { createTurns } from '../source/turns.ts'
import { decodeSnappy, snappyLength } from '../wire/binary/snappy.ts'
import type { RemoteWriteParser } from './remote-write-parser.ts'
import type { RemoteWriteOutcome, RemoteWriteVersion } from './request-reading.ts'

/** What became of a body, and of which version it was. */
interface TakenRequest extends TakenBody, RemoteWriteOutcome {
  readonly version: RemoteWriteVersion
}

const mediaType = 'application/x-protobuf'
const messages = new Map<string, RemoteWriteVersion>([
  ['prometheus.WriteRequest', '1.0'],
  ['io.prometheus.write.v2.Request', '2.0'],
])

/** Which version a `content-type` says; `undefined` where it is another type. Of 1.0 it need not say the message. */
export function versionOf(contentType: string): RemoteWriteVersion | undefined {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim())
  if (type.toLowerCase() !== mediaType) return undefined
  const proto = parameters.find((one) => /^proto=/i.test(one))
  return proto === undefined ? '1.0' : messages.get(proto.slice('proto='.length).replace(/^"(.*)"$/, '$1'))
}

const snappy: BodyPacking = {
  encoding: 'snappy',
  sizeOf: snappyLength,
  unpack(body, maxBytes) {
    const bytes = decodeSnappy(body, maxBytes)
    return typeof bytes === 'string' ? undefined : bytes
  },
}

const written = (samples: number, histograms: number): Readonly<Record<string, string>> => ({
  'x-prometheus-remote-write-samples-written': String(samples),
  'x-prometheus-remote-write-histograms-written': String(histograms),
  // They have no place in a sample.
  'x-prometheus-remote-write-exemplars-written': '0',
})

/** Takes the requests of a path. */
export function createRemoteWriteHandler(
  path: string,
  parser: RemoteWriteParser,
): HttpReceiver<TakenRequest> {
  const readOn = createTurns()
  const versionIn = (request: HttpRequest): RemoteWriteVersion | undefined =>
    versionOf(request.header('content-type') ?? '')
  return {
    name: 'remoteWrite',
    methods: ['POST'],
    packing: snappy,
    owns: (asked) => asked === path,
    check: (request) =>
      versionIn(request) === undefined
        ? {
            status: 415,
            reason: 'unsupported',
            message: `the content-type is ${mediaType}, with proto one of ${[...messages.keys()].join(', ')}`,
          }
        : undefined,
    take(body, request, receivedAt, sink) {
      const version = versionIn(request) ?? '1.0'
      let hint: string | undefined
      const tell = (wrong: ParseProblem): void => {
        hint ??= wrong.message
        sink.problem(wrong)
      }
      const reading = parser.start(
        body,
        receivedAt,
        { sample: (sample) => sink.sample(sample), problem: tell },
        version,
      )
      const taken = (outcome: RemoteWriteOutcome): TakenRequest => ({
        ...outcome,
        version,
        ...(hint !== undefined && { hint }),
      })
      const outcome = reading.next()
      return outcome === undefined ? readOn(() => reading.next()).then(taken) : taken(outcome)
    },
    reply(_samples, { version, samples, histograms, stopped, hint }: TakenRequest): HttpReply {
      const headers = version === '2.0' ? written(samples, histograms) : {}
      const error = stopped?.message ?? hint
      if (error === undefined) return { status: 204, headers, body: '' }
      // What was wrong is not to be sent again; all else is taken.
      const status = stopped?.reason === 'too-many-values' ? 413 : 400
      return jsonReply(status, { error, samples, histograms }, headers)
    },
    refusalHeaders: (request) => (versionIn(request) === '2.0' ? written(0, 0) : {}),
  }
}
