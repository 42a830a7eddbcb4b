import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

import { type Defined, flag, optional, wholeNumber } from '@tocsin/core'

import { maxTimerMs } from '../../option-checks.ts'
import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import { ask } from '../exchange/datagram.ts'
import type { HostTarget } from '../exchange/target.ts'
import { type TargetOptions, targetCheck } from '../exchange/target-check.ts'
import { foundOnce } from '../values/found-once.ts'
import { createFineClock } from './ntp/fine-clock.ts'
import { bestOffset, measureOffset, type NtpMeasurement } from './ntp/ntp-offset.ts'
import { decodeNtpAnswer, encodeNtpQuestion, type NtpAnswer } from './ntp/ntp-packet.ts'
import { lookAtSystemPeer } from './ntp/system-peer.ts'

/** How {@link ntpCheck} asks. */
export interface NtpCheckOptions extends TargetOptions {
  /**
   * How often to ask.
   * @defaultValue 4
   */
  readonly probes?: number | undefined
  /**
   * Time from an answer to the next question, ms.
   * @defaultValue 100
   */
  readonly intervalMs?: number | undefined
  /**
   * How long to wait for each answer, ms.
   * @defaultValue 1000
   */
  readonly waitMs?: number | undefined
  /**
   * The state is bad where the clocks of server and system differ by more, ms.
   * @defaultValue any difference is well
   */
  readonly maxOffsetMs?: number | undefined
  /**
   * Whether to ask what the server follows and how far it is from that, by mode 6 of NTP, in place of the time. ntpd answers it to those whom it
   * does not forbid to query (`noquery`), which most do; chrony and OpenNTPD do not answer it at all.
   * @defaultValue false
   */
  readonly control?: boolean | undefined
}

/** The defaults of {@link ntpCheck}. */
export const defaultNtpCheckOptions: Readonly<
  Defined<Pick<NtpCheckOptions, 'port' | 'probes' | 'intervalMs' | 'waitMs' | 'control'>>
> = Object.freeze({ port: 123, probes: 4, intervalMs: 100, waitMs: 1000, control: false })

/**
 * A check of a time server by NTP, and of this system's clock against it. An answer must repeat the random number of its question.
 *
 * Metrics (gauges): `requests`, `responses`, `offset` (s, how far the server's clock is ahead: the median of the faster half of the answers),
 * `offset_ms` (the same, ms), `delay` (s, on the way there and back, the least), `stratum`, `poll` (s), `precision` (s), `rtdelay` and `rtdisp`
 * (s, delay and dispersion to the source that the server follows). As text `kiss_code`, where the server gives one, such as `RATE`. And those of the
 * connection, see `ask`.
 *
 * With `control`, of what the server follows, as it says itself: the texts `clock_name` (its address) and `refid` (what that follows), and the
 * gauges `offset` (s), `offset_ms` (ms), `delay`, `jitter`, `dispersion` and `xleave` (s), `stratum`, `poll` (s), `when` (s, since it was heard)
 * and `peers` (how many there are to choose from).
 *
 * The state is bad where the server refuses, is not synchronised, or differs by more than `maxOffsetMs`; with `control` where it follows nothing.
 *
 * @example
 * ```ts
 * import { ntpCheck } from '@tocsin/protocols/checks'
 *
 * const check = ntpCheck({ host: 'time.example.org', maxOffsetMs: 500 })
 * console.log(check.name) // => ntp:time.example.org:123
 * ```
 */
export function ntpCheck(options: NtpCheckOptions): Check {
  const { port, ...defaults } = defaultNtpCheckOptions
  const time = wholeNumber(1, maxTimerMs)
  const kind = {
    kind: 'ntp',
    port,
    defaults: { ...defaults, maxOffsetMs: undefined } as Own,
    checks: {
      probes: wholeNumber(1, 16),
      intervalMs: wholeNumber(0, maxTimerMs),
      waitMs: time,
      maxOffsetMs: optional(time),
      control: flag,
    },
  }
  return targetCheck<Own>(kind, options, async (context, target) => {
    const { found } = context
    // The phases are those of the first.
    const once = { ...context, found: foundOnce(found) }
    if (target.control) return lookAtSystemPeer(once, target)
    const clock = createFineClock(context)
    const probes: Probe[] = []
    let failure: unknown
    let requests = 0
    try {
      while (requests < target.probes) {
        if (requests > 0) await wait(target.intervalMs, undefined, { signal: context.signal })
        requests += 1
        try {
          probes.push(await probe(once, target, clock))
        } catch (error) {
          context.signal.throwIfAborted()
          failure = error
        }
        // It refuses, and to ask on would be rude.
        if (probes.at(-1)?.answer.stratum === 0) break
      }
    } finally {
      found.gauge('requests', requests)
      found.gauge('responses', probes.length)
    }
    const last = probes.at(-1)
    if (last === undefined) throw failure
    const best = bestOffset(probes.map(({ measurement }) => measurement))
    return judge(context, last.answer, best, target.maxOffsetMs)
  })
}

interface Own {
  readonly probes: number
  readonly intervalMs: number
  readonly waitMs: number
  readonly maxOffsetMs: number | undefined
  readonly control: boolean
}

interface Probe {
  readonly answer: NtpAnswer
  readonly measurement: NtpMeasurement
}

async function probe(context: CheckContext, target: HostTarget & Own, clock: () => number): Promise<Probe> {
  const nonce = randomBytes(8)
  let askedAt = 0
  const { answer } = await ask(
    context,
    target,
    () => {
      const question = encodeNtpQuestion(nonce)
      askedAt = clock()
      return question
    },
    (packet) => {
      const answeredAt = clock()
      const read = decodeNtpAnswer(packet, nonce, answeredAt)
      return read && { answer: read, measurement: measureOffset(read, askedAt, answeredAt) }
    },
    { attempts: 1, retryMs: target.waitMs },
  )
  return answer
}

/** Beyond it a server does not know the time; RFC 5905 section 7.3. */
const maxStratum = 15

/** With a stratum of 0, a word in place of what the server follows, such as `RATE`; else it follows nothing. */
const isKissCode = /^[A-Z]{4}$/

function judge(
  { found }: CheckContext,
  answer: NtpAnswer,
  best: NtpMeasurement | undefined,
  maxOffsetMs: number | undefined,
): CheckOutcome {
  const { leap, stratum, poll, precision, rootDelay, rootDispersion, reference } = answer
  found.gauge('stratum', stratum)
  const code = reference.toString('latin1')
  if (stratum === 0 && isKissCode.test(code)) {
    found.text('kiss_code', code)
    return found.bad(`it answers by the kiss code ${code}`)
  }
  found.gauge('poll', 2 ** poll)
  found.gauge('precision', 2 ** precision)
  found.gauge('rtdelay', rootDelay)
  found.gauge('rtdisp', rootDispersion)
  if (leap === 3 || stratum === 0 || stratum > maxStratum || best === undefined)
    return found.bad('it is not synchronised itself')
  found.gauge('offset', best.offset / 1000)
  found.gauge('offset_ms', best.offset)
  found.gauge('delay', best.delay / 1000)
  return maxOffsetMs !== undefined && Math.abs(best.offset) > maxOffsetMs
    ? found.bad(`its clock and this system's differ by ${Math.round(Math.abs(best.offset))} ms`)
    : found.good()
}
