import { randomInt } from 'node:crypto'

import type { CheckContext } from '../../check.ts'
import { answeredBadly } from '../../check-failure.ts'
import type { CheckOutcome } from '../../check-outcome.ts'
import { ask } from '../../exchange/datagram.ts'
import { type HostTarget, targetName } from '../../exchange/target.ts'
import { ntpTimeOf, numberOf, peersOf, variablesOf } from './control-answers.ts'
import {
  BadControlMessage,
  controlOperations,
  type ControlQuestion,
  createControlAssembly,
  encodeControlQuestion,
} from './control-message.ts'

/** How to look at the peer of a time server. */
export interface SystemPeerTarget extends HostTarget {
  readonly waitMs: number
  readonly maxOffsetMs: number | undefined
}

/** From here on it is followed; RFC 9327 section 3.2. */
const firstFollowed = 6
const shortestPoll = 3
const longestPoll = 17

/** Asks a time server by mode 6 of NTP what it follows, and measures that. */
export async function lookAtSystemPeer(
  context: CheckContext,
  target: SystemPeerTarget,
): Promise<CheckOutcome> {
  const { found } = context
  const peers = peersOf(await askControl(context, target, controlOperations.readStatus, 0))
  found.gauge('peers', peers.length)
  const [followed] = peers
    .filter(({ selection }) => selection >= firstFollowed)
    .sort((one, other) => other.selection - one.selection)
  if (followed === undefined)
    return found.bad(peers.length === 0 ? 'it has no peers' : `it follows none of its ${peers.length} peers`)
  const { readVariables } = controlOperations
  const variables = variablesOf(await askControl(context, target, readVariables, followed.association))
  return measurePeer(context, variables, target.maxOffsetMs)
}

async function askControl(
  context: CheckContext,
  target: SystemPeerTarget,
  operation: ControlQuestion['operation'],
  association: number,
): Promise<Buffer> {
  const name = targetName(target)
  // Another one for each request, so that fragments of several answers are not put together.
  const begin = (): ControlQuestion => ({ operation, association, sequence: randomInt(1, 2 ** 16) })
  let assembly = createControlAssembly(begin())
  const { answer } = await ask(
    context,
    target,
    () => {
      const question = begin()
      assembly = createControlAssembly(question)
      return encodeControlQuestion(question)
    },
    (packet) => {
      try {
        return assembly.take(packet)
      } catch (error) {
        if (!(error instanceof BadControlMessage)) throw error
        throw answeredBadly(`the answer of ${name} to a question of control cannot be used: ${error.message}`)
      }
    },
    { retryMs: target.waitMs },
  )
  return answer
}

function measurePeer(
  { found, now }: CheckContext,
  variables: ReadonlyMap<string, string>,
  maxOffsetMs: number | undefined,
): CheckOutcome {
  const number = (name: string): number | undefined => numberOf(variables.get(name))
  const gauge = (metric: string, value: number | undefined): void => {
    if (value !== undefined) found.gauge(metric, value)
  }
  const clock = variables.get('srcadr') ?? variables.get('srchost') ?? ''
  if (clock !== '') found.text('clock_name', clock)
  const reference = variables.get('refid') ?? ''
  if (reference !== '') found.text('refid', reference)
  gauge('stratum', number('stratum'))
  const polls = [number('ppoll'), number('hpoll')].filter((poll) => poll !== undefined)
  const poll = Math.max(Math.min(...polls, longestPoll), shortestPoll)
  gauge('poll', polls.length === 0 ? undefined : 2 ** poll)
  const heardAt = ntpTimeOf(variables.get('rec'), now()) ?? ntpTimeOf(variables.get('reftime'), now())
  gauge('when', heardAt === undefined ? undefined : (now() - heardAt) / 1000)
  // The server has ms.
  for (const name of ['delay', 'jitter', 'dispersion', 'xleave']) {
    const value = number(name)
    gauge(name, value === undefined ? undefined : value / 1000)
  }
  const offset = number('offset')
  if (offset === undefined) throw answeredBadly('it did not tell how far it is from what it follows')
  found.gauge('offset', offset / 1000)
  found.gauge('offset_ms', offset)
  return maxOffsetMs !== undefined && Math.abs(offset) > maxOffsetMs
    ? found.bad(`it and what it follows differ by ${Math.round(Math.abs(offset))} ms`)
    : found.good()
}
