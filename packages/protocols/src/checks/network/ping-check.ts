import { type Defined, oneOf, optional, resolveOptions, text, wholeNumber } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import { maxTimerMs } from '../../option-checks.ts'
import type { Check, CheckContext } from '../check.ts'
import { CheckFailure, notAsked } from '../check-failure.ts'
import { findHost } from '../exchange/dial.ts'
import type { AddressFamily } from '../exchange/resolver.ts'
import { families, hostOption } from '../exchange/target.ts'
import { checkName } from '../exchange/target-check.ts'
import { passedEnvironment } from '../programs/passed-environment.ts'
import { type ProgramEnd, runProgram } from '../programs/run-program.ts'
import { quoted } from '../quoted.ts'
import { type PingProgramName, pingPrograms, type PingRequest } from './ping/ping-programs.ts'

/** How {@link pingCheck} pings. */
export interface PingCheckOptions {
  /** Name of the host, or its address. */
  readonly host: string
  /**
   * Name of the check.
   * @defaultValue `ping:<host>`
   */
  readonly name?: string | undefined
  /**
   * Which addresses of the host to take.
   * @defaultValue `'prefer-ipv4'`
   */
  readonly family?: AddressFamily | undefined
  /**
   * How many probes to send.
   * @defaultValue 5
   */
  readonly count?: number | undefined
  /**
   * Time between probes, ms. Below 200 (`ping`) or 10 (`fping`) the system may ask for privileges.
   * @defaultValue 500
   */
  readonly intervalMs?: number | undefined
  /**
   * How long to wait for each answer, ms; `ping` counts in whole seconds.
   * @defaultValue 1000
   */
  readonly waitMs?: number | undefined
  /**
   * The state is bad where fewer of the probes are answered, %.
   * @defaultValue 100
   */
  readonly minAvailablePercent?: number | undefined
  /**
   * The program to do so.
   * @defaultValue `fping`, and `ping` where there is none
   */
  readonly program?: PingProgramName | undefined
}

/** The defaults of {@link pingCheck}. */
export const defaultPingCheckOptions: Readonly<
  Defined<Pick<PingCheckOptions, 'count' | 'intervalMs' | 'waitMs' | 'minAvailablePercent'>>
> = Object.freeze({ count: 5, intervalMs: 500, waitMs: 1000, minAvailablePercent: 100 })

type Resolved = typeof defaultPingCheckOptions & {
  readonly host: string
  readonly name: string | undefined
  readonly family: AddressFamily
  readonly program: PingProgramName | undefined
}

/**
 * A check of a host by ICMP, which Node cannot speak itself: it runs `fping`, or `ping` of iputils, busybox or BSD.
 *
 * Metrics (gauges): `count` (probes), `available_percent` (of them answered), and of the round trips `minimum`, `maximum` and `average` (s). Where
 * a name was looked up, `tt_resolve` and `phase_ms` (ms).
 *
 * The state is bad where fewer than `minAvailablePercent` are answered; where none is, the host is not available. Give the check a time-out
 * above `count * intervalMs + waitMs`.
 *
 * @example
 * ```ts
 * import { pingCheck } from '@tocsin/protocols/checks'
 *
 * const check = pingCheck({ host: 'router.example.org', count: 10, minAvailablePercent: 80 })
 * console.log(check.name) // => ping:router.example.org
 * ```
 */
export function pingCheck(options: PingCheckOptions): Check {
  const resolved = resolve(options)
  const { host, family, count, minAvailablePercent } = resolved
  return {
    host,
    name: resolved.name ?? checkName('ping', host),
    async run(context) {
      const { found } = context
      const where = await findHost(context, { host, port: 0, family })
      const times = await ping(context, { ...resolved, ...where })
      const percent = (times.length / count) * 100
      found.gauge('count', count)
      found.gauge('available_percent', percent)
      if (times.length === 0) throw new Error(`no answer from ${host} to ${count} probes`)
      found.gauge(
        'minimum',
        times.reduce((a, b) => Math.min(a, b)),
      )
      found.gauge(
        'maximum',
        times.reduce((a, b) => Math.max(a, b)),
      )
      found.gauge('average', times.reduce((a, b) => a + b) / times.length)
      const status = `${times.length} of ${count} probes were answered`
      return percent < minAvailablePercent ? found.bad(status) : found.good(status)
    },
  }
}

/** Round trips of the probes that were answered, s. */
async function ping(
  context: CheckContext,
  request: PingRequest & Pick<Resolved, 'program'>,
): Promise<readonly number[]> {
  const name = request.program ?? 'fping'
  const { words, read, faultCode } = pingPrograms[name]
  const command = [name, ...words(request)]
  let ended: ProgramEnd
  try {
    ended = await runProgram({ ...programOptions, command, env: passedEnvironment() }, context.signal)
  } catch (error) {
    if (request.program === undefined && isMissing(error))
      return ping(context, { ...request, program: 'ping' })
    throw error
  }
  const { code, output, errors } = ended
  // fping writes its findings there.
  const times = read(`${output.toString()}\n${errors.toString()}`, request.count)
  const said = errors.toString()
  if (times.length === 0 && (code === undefined || code >= faultCode || ownFault.test(said)))
    throw notAsked(`${name} could not ask: ${quoted(said.trim())}`)
  return times
}

const programOptions = { maxOutputBytes: 64 * 1024, killAfterMs: 200 }

/** What both say where no probe went out. */
const ownFault = /error while sending|Operation not permitted|Network is unreachable|Permission denied/

const isMissing = (error: unknown): boolean =>
  error instanceof CheckFailure && (error.cause as { code?: unknown } | undefined)?.code === 'ENOENT'

const resolve = (options: PingCheckOptions): Resolved =>
  resolveOptions<Resolved>(
    { ...defaultPingCheckOptions, host: '', name: undefined, family: 'prefer-ipv4', program: undefined },
    options,
    {
      host: hostOption,
      name: optional(text()),
      family: oneOf(...families),
      program: optional(oneOf('fping', 'ping')),
      count: wholeNumber(1, 1000),
      intervalMs: wholeNumber(1, maxTimerMs),
      waitMs: wholeNumber(1, maxTimerMs),
      minAvailablePercent: (value) =>
        typeof value === 'number' && value >= 0 && value <= 100 ? undefined : 'a number from 0 to 100',
    },
    badOption,
  )
