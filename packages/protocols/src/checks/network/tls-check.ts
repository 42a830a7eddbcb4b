import type { Defined } from '@tocsin/core'

import type { Check, CheckContext } from '../check.ts'
import { converse } from '../exchange/converse.ts'
import { type TargetOptions, targetCheck } from '../exchange/target-check.ts'
import { isTls, type TlsOptions } from '../exchange/target.ts'
import { badOption } from '../../errors.ts'
import { areSteps, talkBySteps, type TalkStep } from './talk-steps.ts'

/** What {@link tlsCheck} looks at. */
export interface TlsCheckOptions extends TargetOptions {
  /**
   * How TLS is spoken.
   * @defaultValue with the host as the name, verified by the authorities of Node
   */
  readonly tls?: TlsOptions | undefined
  /**
   * The talk by which the server goes over to TLS, with one step that has `startTls`.
   * @defaultValue none: TLS from the first byte
   */
  readonly steps?: readonly TalkStep[] | undefined
  /**
   * The state is a warning where the certificate, or one in its chain, has fewer days left.
   * @defaultValue 14
   */
  readonly warningDays?: number | undefined
  /**
   * The same for bad.
   * @defaultValue 7
   */
  readonly badDays?: number | undefined
}

/** The defaults of {@link tlsCheck}. */
export const defaultTlsCheckOptions: Readonly<
  Defined<Pick<TlsCheckOptions, 'port' | 'warningDays' | 'badDays'>>
> = Object.freeze({ port: 443, warningDays: 14, badDays: 7 })

/**
 * A check of the certificate of a server: that it is valid for the name, and for how much longer.
 *
 * Metrics: `cert_days_left` (gauge, of the certificate in its chain that ends first). And those of the connection and the certificate, see
 * `converse` and `measureCertificate`.
 *
 * The state is bad where the certificate is not valid or has fewer than `badDays` left, and a warning below `warningDays`.
 *
 * @example
 * ```ts
 * import { tlsCheck } from '@tocsin/protocols/checks'
 *
 * const check = tlsCheck({ host: 'example.org', warningDays: 20 })
 * console.log(check.name) // => tls:example.org:443
 * ```
 */
export function tlsCheck(options: TlsCheckOptions): Check {
  const { port, warningDays, badDays } = defaultTlsCheckOptions
  const kind = {
    kind: 'tls',
    port,
    defaults: { warningDays, badDays, tls: {}, steps: [] } as Own,
    checks: { warningDays: days, badDays: days, tls: isTlsOptions, steps: areSteps },
  }
  const check = targetCheck<Own>(kind, options, async (context, target) => {
    const { host, port: at, family, tls, steps } = target
    const watching = watchEnd(context)
    const isLater = steps.length > 0
    const outcome = await converse(
      watching.context,
      { host, port: at, family, tls: isLater ? false : tls },
      async (connection) => {
        await talkBySteps(
          context,
          connection,
          steps.map((step) => (step.startTls === true ? { ...step, startTls: tls } : step)),
        )
        return context.found.good()
      },
    )
    const left = Math.floor((watching.secondsLeft() / daySeconds) * 10) / 10
    if (Number.isNaN(left)) return outcome
    context.found.gauge('cert_days_left', left)
    if (outcome.state !== 'good') return outcome
    const status = `its certificates are valid for ${left} days more`
    if (left < target.badDays) return context.found.bad(status)
    return left < target.warningDays ? context.found.warning(status) : context.found.good(status)
  })
  const { steps } = options
  if (steps !== undefined && steps.length > 0 && !steps.some(({ startTls = false }) => startTls !== false))
    throw badOption('option "steps" must have one with startTls, without which there is no TLS')
  return check
}

interface Own {
  readonly tls: TlsOptions
  readonly steps: readonly TalkStep[]
  readonly warningDays: number
  readonly badDays: number
}

const daySeconds = 86_400

const days = (value: unknown): string | undefined =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value) ? undefined : 'a number of days'

const isTlsOptions = (value: unknown): string | undefined =>
  typeof value === 'boolean' ? 'an object' : isTls(value)

/** The context, and what its findings are told of the end of the certificates. */
function watchEnd(context: CheckContext): {
  readonly context: CheckContext
  readonly secondsLeft: () => number
} {
  const { found } = context
  let seconds = Number.NaN
  const gauge: CheckContext['found']['gauge'] = (metric, value, tags) => {
    if (metric === 'cert_chain_end_in') seconds = Number(value)
    found.gauge(metric, value, tags)
  }
  return { context: { ...context, found: { ...found, gauge } }, secondsLeft: () => seconds }
}
