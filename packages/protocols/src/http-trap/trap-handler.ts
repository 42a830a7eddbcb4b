import type { HttpHandler } from '../http/http-handler.ts'
import { createSecretCheck } from '../http/http-auth.ts'
import { jsonReply } from '../http/http-request.ts'
import type { HttpTrapParser } from './trap-parser.ts'

/** Takes the requests of a trap: `<path>/<secret>` and `<path>/<anything>/<secret>`. */
export function createTrapHandler(path: string, secret: string, parser: HttpTrapParser): HttpHandler {
  const isSecret = createSecretCheck([secret])
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
    take: (body, _request, receivedAt, sink) => parser.parse(body, receivedAt, sink),
    reply(samples, { filtered, stopped }) {
      const counts = { stats: samples, filtered }
      if (stopped === undefined) return jsonReply(200, counts)
      const status = stopped.reason === 'too-many-values' ? 413 : 406
      return jsonReply(status, { error: stopped.message, ...counts })
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
