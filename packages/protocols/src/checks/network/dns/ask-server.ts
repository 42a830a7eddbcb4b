import { randomInt } from 'node:crypto'

import type { CheckContext } from '../../check.ts'
import { answeredBadly } from '../../check-failure.ts'
import { converse } from '../../exchange/converse.ts'
import { ask, type AskOptions } from '../../exchange/datagram.ts'
import { type HostTarget, targetName } from '../../exchange/target.ts'
import { decodeAnswer, type DnsAnswer, type DnsQuestion, encodeQuestion } from './dns-message.ts'
import { BadDnsMessage } from './domain-name.ts'

/** An answer, and how long it was waited for, ms. */
export interface TimedAnswer {
  readonly answer: DnsAnswer
  readonly ms: number
}

/** Of the requests of {@link ask}. */
const lastAttempt = 3

const newId = (): number => randomInt(2 ** 16)

/**
 * Asks a name server by a datagram, and over TCP where the answer is too long for one, or at once. One that does not understand EDNS is asked
 * without.
 */
export async function askServer(
  context: CheckContext,
  server: HostTarget,
  question: DnsQuestion,
  transport: 'udp' | 'tcp',
  options: AskOptions = {},
): Promise<TimedAnswer> {
  const timed = await askOver(context, server, question, transport, options)
  const { code } = timed.answer
  if (question.extension === undefined || (code !== 'FORMERR' && code !== 'NOTIMP')) return timed
  return askOver(context, server, withoutExtension(question), transport, options)
}

/** The same, as it was asked before there was EDNS. */
export const withoutExtension = ({ name, type, recursion }: DnsQuestion): DnsQuestion => ({
  name,
  type,
  recursion,
})

async function askOver(
  context: CheckContext,
  server: HostTarget,
  question: DnsQuestion,
  transport: 'udp' | 'tcp',
  options: AskOptions,
): Promise<TimedAnswer> {
  if (transport === 'tcp') return askOverTcp(context, server, question)
  // Another one for each request, so that an answer that comes late is none to the next.
  let id = 0
  const { answer, ms } = await ask(
    context,
    server,
    // The last one is for those that drop what they do not understand.
    (attempt) =>
      encodeQuestion((id = newId()), attempt < lastAttempt ? question : withoutExtension(question)),
    (message) => decoded(server, message, id, question),
    options,
  )
  return answer.truncated ? askOverTcp(context, server, question) : { answer, ms }
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
