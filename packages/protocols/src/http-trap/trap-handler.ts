import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Sample } from '@tocsin/core'

import { excerpt } from '../source/excerpt.ts'
import type { HttpTrapParser } from './trap-parser.ts'
import type { ParseProblem, ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import { peerName } from '../listening/bind.ts'
import { deliver, type Delivery, type TrapRun } from './trap-delivery.ts'
import { readBody, type BodyBudget } from '../http/read-body.ts'

/** What the handler needs of the options. */
export interface TrapHandlerOptions {
  readonly secret: string
  readonly path: string
  readonly ackTimeoutMs: number
  readonly maxBodyBytes: number
  readonly maxPendingBytes: number
}

/** Takes a request for these runs; false where its path is another's. */
export type TrapHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  runs: ReadonlySet<TrapRun>,
) => boolean

/** The reply to a request. */
interface Reply {
  readonly status: number
  readonly body: object
  /** Why the request was not taken, if so. */
  readonly refused?: { readonly reason: ProblemReason; readonly message: string }
}

const refusal = (status: number, reason: ProblemReason, message: string): Reply => ({
  status,
  body: { error: message },
  refused: { reason, message },
})
const nobody = refusal(503, 'overloaded', 'nobody takes the samples at present')
const full = refusal(
  503,
  'overflow',
  'the requests before are not acknowledged, and there is room for no more; send it again later',
)

/** Answers the requests of a trap, whichever server they come from. */
export function createTrapHandler(
  base: SourceBase<ProblemReason>,
  parser: HttpTrapParser,
  options: TrapHandlerOptions,
): TrapHandler {
  const secret = digest(options.secret)
  const budget: BodyBudget = { pendingBytes: 0, maxPendingBytes: options.maxPendingBytes }
  return (request, response, runs) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (!path.startsWith(`${options.path}/`)) return false
    base.stats.received += 1
    const peer = peerName(request.socket.remoteAddress, request.socket.remotePort)
    const refused = checkRequest(request, path.slice(options.path.length + 1), secret, runs)
    const send = (reply: Reply): void => {
      if (reply.refused !== undefined) {
        base.stats.refused += 1
        base.report(reply.refused.reason, reply.refused.message, { peer })
      }
      writeReply(response, reply)
    }
    if (refused !== undefined) send(refused)
    else void take(base, parser, options, budget, { request, runs, peer }).then(send)
    return true
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function checkRequest(
  { method = '', headers }: IncomingMessage,
  rest: string,
  secret: Buffer,
  runs: ReadonlySet<TrapRun>,
): Reply | undefined {
  const parts = rest.split('/')
  const given = digest(decode(parts.at(-1) ?? ''))
  // Digests have one length whatever was sent, and comparing them tells nothing about the secret.
  if (!timingSafeEqual(given, secret) || parts.length > 2)
    return refusal(403, 'forbidden', 'the secret in the path is wrong')
  if (method !== 'POST' && method !== 'PUT') return refusal(405, 'bad-method', 'the method is POST or PUT')
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding !== 'identity') return refusal(415, 'unsupported', 'a body is sent without content-encoding')
  return unready(runs)
}

function unready(runs: ReadonlySet<TrapRun>): Reply | undefined {
  if (runs.size === 0) return nobody
  return [...runs].every(({ run }) => run.hasRoom) ? undefined : full
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly runs: ReadonlySet<TrapRun>
  readonly peer: string
}

async function take(
  base: SourceBase<ProblemReason>,
  parser: HttpTrapParser,
  { ackTimeoutMs, maxBodyBytes, maxPendingBytes }: TrapHandlerOptions,
  budget: BodyBudget,
  { request, runs, peer }: Exchange,
): Promise<Reply> {
  const body = await readBody(request, maxBodyBytes, budget)
  if (body === 'truncated')
    return refusal(400, body, 'the connection broke inside a body, which is not taken')
  if (body === 'body-too-large') return refusal(413, body, `a body has at most ${maxBodyBytes} bytes`)
  if (body === 'overloaded') {
    return refusal(503, body, `at most ${maxPendingBytes} bytes of bodies are held at a time`)
  }
  const unreadied = unready(runs)
  if (unreadied !== undefined) return unreadied
  base.stats.bytes += body.length
  const samples: Sample[] = []
  const problem = ({ reason, message, start, end }: ParseProblem): void =>
    base.report(reason, message, { peer, offset: start, excerpt: () => excerpt(body, start, end) })
  const { filtered, stopped } = parser.parse(body, base.clock.now(), {
    sample: (sample) => samples.push(sample),
    problem,
  })
  if (stopped !== undefined) problem(stopped)
  base.stats.dropped += filtered
  if (samples.length > 0) {
    budget.pendingBytes += body.length
    const delivery = await deliver([...runs], samples, ackTimeoutMs, () => {
      budget.pendingBytes -= body.length
    })
    if (delivery !== 'acknowledged') return unacknowledged(delivery, ackTimeoutMs)
  }
  const counts = { stats: samples.length, filtered }
  if (stopped === undefined) return { status: 200, body: counts }
  const status = stopped.reason === 'too-many-values' ? 413 : 406
  return { status, body: { error: stopped.message, ...counts } }
}

function unacknowledged(delivery: Exclude<Delivery, 'acknowledged'>, ackTimeoutMs: number): Reply {
  const why = delivery === 'late' ? `within ${ackTimeoutMs} ms` : 'by a subscriber that left'
  return refusal(503, 'not-acknowledged', `not acknowledged ${why}; send it again`)
}

function writeReply(response: ServerResponse, { status, body }: Reply): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 405 && { allow: 'POST, PUT' }),
  })
  response.end(JSON.stringify(body))
}
