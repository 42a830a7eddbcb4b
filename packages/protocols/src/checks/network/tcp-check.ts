import { type Defined, optional, wholeNumber } from '@tocsin/core'

import type { Check } from '../check.ts'
import { converse } from '../exchange/converse.ts'
import { type SecureTargetOptions, targetCheck } from '../exchange/target-check.ts'
import { quoted } from '../quoted.ts'
import { areSteps, isExpectation, lineMatch, talkBySteps, type TalkStep } from './talk-steps.ts'

/** What {@link tcpCheck} says and expects. */
export interface TcpCheckOptions extends SecureTargetOptions {
  readonly port: number
  /**
   * What the first line must contain, or an expression that it must match, where the server speaks first.
   * @defaultValue none: no line is waited for
   */
  readonly banner?: string | RegExp | undefined
  /**
   * The talk after that, in steps: each may `expect` something, then `send` something, then go over to TLS (`startTls`).
   * @defaultValue none
   */
  readonly steps?: readonly TalkStep[] | undefined
  /**
   * Most bytes to receive.
   * @defaultValue 65536
   */
  readonly maxBytes?: number | undefined
}

/** The defaults of {@link tcpCheck}. */
export const defaultTcpCheckOptions: Readonly<Defined<Pick<TcpCheckOptions, 'maxBytes'>>> = Object.freeze({
  maxBytes: 64 * 1024,
})

/**
 * A check of a port: that somebody accepts connections there, and says what is expected. Without `banner` and `steps` a connection, over TLS
 * where that is asked for, is all that there must be.
 *
 * Metrics: `banner` (text, the first line, where one is waited for) and `steps_done` (gauge, where there are steps). And those of the
 * connection, see `converse`.
 *
 * @example
 * ```ts
 * import { tcpCheck } from '@tocsin/protocols/checks'
 *
 * const ssh = tcpCheck({ host: 'git.example.org', port: 22, banner: /^SSH-2\.0-/ })
 * const smtp = tcpCheck({
 *   host: 'mail.example.org',
 *   port: 25,
 *   steps: [
 *     { expect: /^220 /, send: 'EHLO monitor.example.org\r\n' },
 *     { expect: /^250 /, send: 'STARTTLS\r\n' },
 *     { expect: /^220 /, startTls: true },
 *   ],
 * })
 * console.log(ssh.name, smtp.name) // => tcp:git.example.org:22 tcp:mail.example.org:25
 * ```
 */
export function tcpCheck(options: TcpCheckOptions): Check {
  const kind = {
    kind: 'tcp',
    port: 0,
    defaults: { ...defaultTcpCheckOptions, banner: undefined, steps: [] } as Own,
    checks: { banner: optional(isExpectation), steps: areSteps, maxBytes: wholeNumber(1, 2 ** 30) },
  }
  return targetCheck<Own>(kind, options, (context, target) =>
    converse(context, target, async (connection) => {
      const { found, signal } = context
      if (target.banner !== undefined) {
        const banner = await connection.line()
        found.text('banner', banner)
        if (!(await lineMatch(target.banner)(banner, signal)))
          return found.bad(`its banner is ${quoted(banner)}, which is not what is expected`)
      }
      await talkBySteps(context, connection, target.steps)
      return found.good()
    }),
  )
}

interface Own {
  readonly banner: string | RegExp | undefined
  readonly steps: readonly TalkStep[]
  readonly maxBytes: number
}
