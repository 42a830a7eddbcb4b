import { Resolver } from 'node:dns'

import type { CheckContext } from '../../check.ts'
import { failureOf, noAnswer, notAsked } from '../../check-failure.ts'
import { type HostTarget, targetName } from '../../exchange/target.ts'
import { askServer, type TimedAnswer, withoutExtension } from './ask-server.ts'
import type { DnsQuestion } from './dns-message.ts'

/** An answer, and whose it is. */
export interface AnswerOfOne extends TimedAnswer {
  readonly server: HostTarget
}

/** How long each of several servers is waited for, ms: the longer, the later the round. */
const roundsMs = [1000, 2000, 4000]

/** Asks name servers in their order, as systems do: the next one where one does not answer, and then all of them again. */
export async function askInTurn(
  context: CheckContext,
  servers: readonly HostTarget[],
  question: DnsQuestion,
  transport: 'udp' | 'tcp',
): Promise<AnswerOfOne> {
  const [first, second] = servers
  if (first === undefined)
    throw notAsked('this system has no name server; name one by the option "nameserver"')
  if (second === undefined)
    return { ...(await askServer(context, first, question, transport)), server: first }
  const failures: unknown[] = []
  for (const [round, waitMs] of roundsMs.entries()) {
    // As a single server is asked at the end, too.
    const asked = round < roundsMs.length - 1 ? question : withoutExtension(question)
    for (const server of servers)
      try {
        const timed = await within(context, waitMs, (limited) =>
          askServer(limited, server, asked, transport, { attempts: 1, retryMs: waitMs }),
        )
        return { ...timed, server }
      } catch (error) {
        context.signal.throwIfAborted()
        // Also a bad answer is one.
        if (failureOf(error).available === 'yes') throw error
        failures.push(error)
      }
  }
  const [failure] = failures
  // A fault on this side with all of them.
  if (failures.every((error) => failureOf(error).available === 'unknown')) throw failure
  throw noAnswer(`no answer from any of ${servers.map(targetName).join(', ')}`, failure)
}

/** Does it with a context that also ends after a time. */
async function within<T>(
  context: CheckContext,
  ms: number,
  work: (limited: CheckContext) => Promise<T>,
): Promise<T> {
  const { signal } = context
  signal.throwIfAborted()
  const limit = new AbortController()
  const end = (): void => limit.abort(signal.reason)
  signal.addEventListener('abort', end)
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await work({ ...context, signal: limit.signal })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

const serverPattern = /^(?:\[(.+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d+))?$/

/** The name servers that this system asks, in their order. */
export function systemServers(): readonly HostTarget[] {
  // A new one, since it reads only at its start which servers there are.
  return new Resolver().getServers().flatMap((server) => {
    const [, bracketed, plain, port = '53'] = serverPattern.exec(server) ?? []
    const host = bracketed ?? plain
    return host === undefined ? [] : [{ host, port: Number(port) }]
  })
}
