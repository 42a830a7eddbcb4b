import { randomInt } from 'node:crypto'
import { Resolver } from 'node:dns'

import type { CheckContext } from '../../check.ts'
import { answeredBadly, notAsked } from '../../check-failure.ts'
import { converse } from '../../exchange/converse.ts'
import { ask } from '../../exchange/datagram.ts'
import { type HostTarget, targetName } from '../../exchange/target.ts'
import { foundOnce } from '../../http/found-once.ts'
import { decodeAnswer, type DnsAnswer, type DnsQuestion, encodeQuestion } from './dns-message.ts'
import { BadDnsMessage } from './domain-name.ts'

/** An answer, and how long it was waited for, ms. */
export interface TimedAnswer {
  readonly answer: DnsAnswer
  readonly ms: number
}

const newId = (): number => randomInt(2 ** 16)

/** Asks a name server by a datagram, and over TCP where the answer is too long for one, or at once. */
export async function askServer(
  context: CheckContext,
  server: HostTarget,
  question: DnsQuestion,
  transport: 'udp' | 'tcp',
): Promise<TimedAnswer> {
  if (transport === 'tcp') return askOverTcp(context, server, question)
  // A phase that both have is that of the datagrams.
  const once = { ...context, found: foundOnce(context.found) }
  // Another one for each request, so that an answer that comes late is none to the next.
  let id = 0
  const { answer, ms } = await ask(
    once,
    server,
    () => encodeQuestion((id = newId()), question),
    (message) => decoded(server, message, id, question),
  )
  if (!answer.truncated) return { answer, ms }
  return askOverTcp(once, server, question)
}

async function askOverTcp(
  context: CheckContext,
  server: HostTarget,
  question: DnsQuestion,
): Promise<TimedAnswer> {
  const startedMs = context.elapsedMs()
  let answer: DnsAnswer | undefined
  const outcome = await converse(context, server, async (connection) => {
    const id = newId()
    const message = encodeQuestion(id, question)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.length)
    connection.send(Buffer.concat([length, message]))
    const said = await connection.bytes((await connection.bytes(2)).readUInt16BE())
    answer = decoded(server, said, id, question)
    return context.found.good()
  })
  if (answer === undefined)
    throw malformed(server, outcome.state === 'good' ? 'it is one to another question' : outcome.status)
  return { answer, ms: context.elapsedMs() - startedMs }
}

function decoded(
  server: HostTarget,
  message: Buffer,
  id: number,
  question: DnsQuestion,
): DnsAnswer | undefined {
  try {
    return decodeAnswer(message, id, question)
  } catch (error) {
    throw error instanceof BadDnsMessage ? malformed(server, error.message) : error
  }
}

const malformed = (server: HostTarget, why = 'it is none'): Error =>
  answeredBadly(`the answer of ${targetName(server)} is malformed: ${why}`)

const serverPattern = /^(?:\[(.+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d+))?$/

/** The first name server that this system asks. */
export function systemServer(): { readonly host: string; readonly port: number } {
  // A new one, since it reads only at its start which servers there are.
  const [first] = new Resolver().getServers()
  const [, bracketed, plain, port = '53'] = serverPattern.exec(first ?? '') ?? []
  const host = bracketed ?? plain
  if (host === undefined)
    throw notAsked('this system has no name server; name one by the option "nameserver"')
  return { host, port: Number(port) }
}
