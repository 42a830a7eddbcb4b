import type { HttpReceiver, TakenBody } from '../http/http-handler.ts'
import { createSecretCheck } from '../http/http-auth.ts'
import { jsonReply } from '../http/http-request.ts'
import type { ParseProblem } from '../source/problem.ts'
import { createTurns } from '../source/turns.ts'
import type { HttpTrapParser } from './trap-parser.ts'

/** Takes the requests of a trap: `<path>/<secret>` and `<path>/<anything>/<secret>`. */
export function createTrapHandler(path: string, secret: string, parser: HttpTrapParser): HttpReceiver {
  const isSecret = createSecretCheck([secret])
  const readOn = createTurns()
  return {
    name: 'httpTrap',
    methods: ['POST', 'PUT'],
    owns: (asked) => asked.startsWith(`${path}/`),
    check(_request, asked) {
      const parts = asked.slice(path.length + 1).split('/')
      return isSecret(decode(parts.at(-1) ?? '')) && parts.length <= 2
        ? undefined
        : { status: 403, reason: 'forbidden', message: 'the secret in the path is wrong' }
    },
    take(body, _request, receivedAt, sink) {
      let hint: string | undefined
      const tell = (wrong: ParseProblem): void => {
        hint ??= wrong.message
        sink.problem(wrong)
      }
      const reading = parser.start(body, receivedAt, {
        sample: (sample) => sink.sample(sample),
        problem: tell,
      })
      const taken = (outcome: TakenBody): TakenBody => (hint === undefined ? outcome : { ...outcome, hint })
      const outcome = reading.next()
      return outcome === undefined ? readOn(() => reading.next()).then(taken) : taken(outcome)
    },
    reply(samples, { filtered, stopped, hint }) {
      const counts = { stats: samples, filtered }
      if (stopped === undefined)
        return jsonReply(200, { ...counts, ...(hint !== undefined && { error: hint }) })
      const isTooMuch = stopped.reason === 'too-many-values' || stopped.reason === 'too-many-series'
      return jsonReply(isTooMuch ? 413 : 406, { error: stopped.message, ...counts })
    },
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
