import type { Sample } from '@tocsin/core'

import { messageOf } from '../errors.ts'
import { excerpt } from '../source/excerpt.ts'
import type { ParseProblem, ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import { deliver, type Delivery, type HttpRun } from './delivery.ts'
import type { BodyPacking, HttpHandler, HttpPage, HttpReceiver } from './http-handler.ts'
import type { ResolvedHttp } from './http-options.ts'
import { jsonReply, type HttpRefusal, type HttpReply, type HttpRequest } from './http-request.ts'
import { decoderFor, readBody, type BodyBudget, type BodyFault } from './read-body.ts'

/** Answers a request for these runs; `undefined` where its path is another's. */
export type Respond = (
  request: HttpRequest,
  runs: ReadonlySet<HttpRun>,
) => HttpReply | Promise<HttpReply> | undefined

const refusal = (status: number, reason: ProblemReason, message: string): HttpRefusal => ({
  status,
  reason,
  message,
})
const nobody = refusal(503, 'overloaded', 'nobody takes the samples at present')
const unseen = refusal(503, 'overloaded', 'nobody has subscribed, so there is nothing to show')
const full = refusal(
  503,
  'overflow',
  'the requests before are not acknowledged, and there is room for no more; send it again later',
)
const unknownEncoding = refusal(415, 'unsupported', 'a body is sent as it is, or with gzip or deflate')

/** Answers the requests of some handlers, whichever server they come from. */
export function createExchange(
  base: SourceBase<ProblemReason>,
  handlers: readonly HttpHandler[],
  options: ResolvedHttp,
): Respond {
  const budget: BodyBudget = { pendingBytes: 0, maxPendingBytes: options.maxPendingBytes }
  const bodies = createBodies(base, options, budget)

  function check(
    handler: HttpHandler,
    request: HttpRequest,
    path: string,
    runs: ReadonlySet<HttpRun>,
  ): HttpRefusal | undefined {
    const refused = handler.check?.(request, path)
    if (refused !== undefined) return refused
    const { methods } = handler
    if (!methods.includes(request.method)) {
      const wrong = refusal(405, 'bad-method', `the method is ${methods.join(' or ')}`)
      return { ...wrong, headers: { allow: methods.join(', ') } }
    }
    if ('answer' in handler) return runs.size === 0 ? unseen : undefined
    return unready(runs)
  }

  return (request, runs) => {
    const [path = ''] = request.url.split('?', 1)
    const handler = handlers.find((one) => one.owns(path))
    if (handler === undefined) return undefined
    base.stats.received += 1
    const refuse = ({ status, reason, message, headers }: HttpRefusal): HttpReply => {
      base.stats.refused += 1
      base.report(reason, message, { peer: request.peer })
      return jsonReply(
        status,
        { error: message },
        {
          ...('answer' in handler ? undefined : handler.refusalHeaders?.(request, message)),
          ...headers,
        },
      )
    }
    const refused = check(handler, request, path, runs)
    if (refused !== undefined) return refuse(refused)
    const answered = 'answer' in handler ? show(handler, request) : bodies(handler, request, runs)
    return answered.then(
      (taken) => ('reason' in taken ? refuse(taken) : taken),
      // A handler of somebody's own; a request must not end the process.
      (error: unknown) =>
        refuse(refusal(500, 'reading-failed', `the request could not be taken: ${messageOf(error)}`)),
    )
  }
}

function unready(runs: ReadonlySet<HttpRun>): HttpRefusal | undefined {
  if (runs.size === 0) return nobody
  return [...runs].every(({ run }) => run.hasRoom) ? undefined : full
}

/** Its body is read over, if it has one. */
async function show(page: HttpPage, request: HttpRequest): Promise<HttpReply> {
  request.body.resume()
  return page.answer(request)
}

type TakeBody = (
  handler: HttpReceiver,
  request: HttpRequest,
  runs: ReadonlySet<HttpRun>,
) => Promise<HttpReply | HttpRefusal>

function createBodies(base: SourceBase<ProblemReason>, options: ResolvedHttp, budget: BodyBudget): TakeBody {
  return async (handler, request, runs) => {
    const { packing } = handler
    const encoding = request.header('content-encoding') ?? ''
    const decoder = packing === undefined ? decoderFor(encoding) : 'none'
    if (decoder === undefined) return unknownEncoding
    if (packing !== undefined && encoding.trim().toLowerCase() !== packing.encoding)
      return refusal(415, 'unsupported', `a body is sent with content-encoding ${packing.encoding}`)
    const length = Number(request.header('content-length') ?? 0)
    const sent = await readBody(request.body, length, decoder, options, budget)
    if (typeof sent === 'string') return faultyBody(sent, options)
    const unreadied = unready(runs)
    if (unreadied !== undefined) return unreadied
    const body = packing === undefined ? sent : unpackBody(packing, sent, options, budget)
    if (typeof body === 'string') return faultyBody(body, options)
    base.stats.bytes += body.length
    const samples: Sample[] = []
    const problem = ({ reason, message, start, end }: ParseProblem): void =>
      base.report(reason, message, {
        peer: request.peer,
        offset: start,
        excerpt: () => excerpt(body, start, end),
      })
    const sink = { sample: (sample: Sample) => samples.push(sample), problem }
    budget.pendingBytes += body.length
    const release = (): void => {
      budget.pendingBytes -= body.length
    }
    let isHeld = false
    try {
      const taken = await handler.take(body, request, base.clock.now(), sink)
      if (taken.stopped !== undefined) problem(taken.stopped)
      base.stats.dropped += taken.filtered
      if (samples.length === 0) return handler.reply(0, taken)
      // A long body takes its time, and others may have taken the last place meanwhile.
      const late = unready(runs)
      if (late !== undefined) return late
      isHeld = true
      const delivery = await deliver([...runs], samples, options.ackTimeoutMs, release)
      if (delivery !== 'acknowledged') return unacknowledged(delivery, options.ackTimeoutMs)
      return handler.reply(samples.length, taken)
    } finally {
      if (!isHeld) release()
    }
  }
}

/** Looks at what a body says before it is believed. */
function unpackBody(
  packing: BodyPacking,
  sent: Uint8Array,
  { maxDecodedBytes }: ResolvedHttp,
  { pendingBytes, maxPendingBytes }: BodyBudget,
): Uint8Array | BodyFault {
  const size = packing.sizeOf(sent)
  if (size === undefined) return 'malformed'
  if (size > maxDecodedBytes) return 'decoded-too-large'
  if (pendingBytes + size > maxPendingBytes) return 'overloaded'
  return packing.unpack(sent, size) ?? 'malformed'
}

function faultyBody(fault: BodyFault, options: ResolvedHttp): HttpRefusal {
  switch (fault) {
    case 'truncated':
      return refusal(400, 'truncated', 'the connection broke inside a body, which is not taken')
    case 'malformed':
      return refusal(400, 'malformed', 'the body is not packed as its content-encoding says')
    case 'body-too-large':
      return refusal(413, fault, `a body has at most ${options.maxBodyBytes} bytes`)
    case 'decoded-too-large':
      return refusal(413, 'body-too-large', `an unpacked body has at most ${options.maxDecodedBytes} bytes`)
    case 'overloaded':
      return refusal(503, fault, `at most ${options.maxPendingBytes} bytes of bodies are held at a time`)
  }
}

function unacknowledged(delivery: Exclude<Delivery, 'acknowledged'>, ackTimeoutMs: number): HttpRefusal {
  const why = delivery === 'late' ? `within ${ackTimeoutMs} ms` : 'by a subscriber that left'
  return refusal(503, 'not-acknowledged', `not acknowledged ${why}; send it again`)
}
