import { type Defined, optional } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import { pluginState } from '../../nagios/plugin-state.ts'
import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome, CheckState } from '../check-outcome.ts'
import { converse } from '../exchange/converse.ts'
import { type ResolvedTarget, type TargetOptions, targetCheck } from '../exchange/target-check.ts'
import type { TlsOptions } from '../exchange/target.ts'
import { foundOnce } from '../values/found-once.ts'
import { readPlugin } from '../programs/program-output.ts'
import { maxQueryBytes, nrpeQuery, type NrpeVersion, readNrpeAnswer } from './nrpe-packet.ts'

/** How {@link nrpeCheck} looks. */
export interface NrpeCheckOptions extends TargetOptions {
  /**
   * Which of its commands the daemon is to run.
   * @defaultValue `'_NRPE_CHECK'`, for which it says its version
   */
  readonly command?: string | undefined
  /**
   * Arguments of the command; most daemons take none.
   * @defaultValue none
   */
  readonly args?: readonly string[] | undefined
  /**
   * Of which version the packets are. Without it version 4 is tried, and version 2 where the daemon hangs up at that, which is remembered
   * while the check lives; no daemon takes all versions, and none tells which.
   * @defaultValue 4 or 2
   */
  readonly version?: NrpeVersion | undefined
  /**
   * Whether to speak TLS, and how. Daemons come without a certificate, and take ciphers without one, by which nobody is known; where yours
   * has one, say `true` or how to verify it.
   * @defaultValue {@link anonymousTls}
   */
  readonly tls?: boolean | TlsOptions | undefined
}

/** TLS without certificates, as NRPE has it when it was just installed: nobody else can listen, but it may be anybody. */
export const anonymousTls: Readonly<TlsOptions> = Object.freeze({
  ciphers: 'aNULL:ALL:@SECLEVEL=0',
  // Later versions have no such ciphers.
  maxVersion: 'TLSv1.2',
  verify: false,
})

/** The defaults of {@link nrpeCheck}. */
export const defaultNrpeCheckOptions: Readonly<
  Defined<Pick<NrpeCheckOptions, 'port' | 'command' | 'args' | 'tls'>>
> = Object.freeze({
  port: 5666,
  command: '_NRPE_CHECK',
  args: Object.freeze([]),
  tls: anonymousTls,
})

/**
 * A check that a daemon of NRPE makes, by one of the commands in its configuration.
 *
 * Metrics: what the plugin printed: its first line as text `message`, and its performance data by their labels, as `perfdataSamples` has
 * them: values (gauges, with the unit as tag `uom`; counters of the unit `c`) and their thresholds. Those that cannot be read are counted
 * as gauge `problems`. And those of the connection, see `converse`.
 *
 * The state is that of the plugin.
 */
export function nrpeCheck(options: NrpeCheckOptions): Check {
  const { port, command, args, tls } = defaultNrpeCheckOptions
  const kind = {
    kind: 'nrpe',
    port,
    tls,
    defaults: { command, args, version: undefined } as Own,
    checks: {
      command: (value: unknown) =>
        isWord(value) && value !== '' ? undefined : 'a text of one line, without "!"',
      args: (value: unknown) =>
        Array.isArray(value) && value.every(isWord) ? undefined : 'a list of texts of one line, without "!"',
      version: optional((value) => (value === 2 || value === 3 || value === 4 ? undefined : '2, 3 or 4')),
    },
  }
  let known: NrpeVersion | undefined
  const check = targetCheck(kind, options, async (context, target) => {
    const version = target.version ?? known
    // Of two connections, each phase is that of the first that has it.
    const once = { ...context, found: foundOnce(context.found) }
    if (version !== undefined) return ask(context, once, target, version)
    try {
      return await ask(context, once, target, 4)
    } catch (error) {
      if (!(error instanceof HungUp) || Buffer.byteLength(wordsOf(target)) > maxQueryBytes(2)) throw error
    }
    const outcome = await ask(context, once, target, 2)
    known = 2
    return outcome
  })
  const most = maxQueryBytes(options.version ?? 4)
  const words = wordsOf({ command: options.command ?? command, args: options.args ?? args })
  if (Buffer.byteLength(words) > most)
    throw badOption(`options "command" and "args" must be at most ${most} bytes in this version`)
  return check
}

interface Own {
  readonly command: string
  readonly args: readonly string[]
  readonly version: NrpeVersion | undefined
}

/** It ended the connection when it was asked: it does not take the version, the command or this host. */
class HungUp extends Error {}

async function ask(
  context: CheckContext,
  connectionContext: CheckContext,
  target: ResolvedTarget<Own>,
  version: NrpeVersion,
): Promise<CheckOutcome> {
  return converse(connectionContext, target, async (connection) => {
    connection.send(nrpeQuery(version, wordsOf(target)))
    const start = await connection.bytes(1).catch((error: unknown) => {
      context.signal.throwIfAborted()
      throw new HungUp(
        'it ended the connection when it was asked: it may not take the version, the words or this host',
        { cause: error },
      )
    })
    const answer = await readNrpeAnswer(start, (count) => connection.bytes(count))
    if (typeof answer === 'string') return context.found.bad(answer)
    const { text, problems } = await readPlugin(answer.output, context)
    context.found.gauge('problems', problems)
    const status = text === '' ? `the plugin said nothing and ended with ${answer.exitCode}` : text
    return { state: states[pluginState(answer.exitCode)] ?? 'unknown', available: 'yes', status }
  })
}

const states: readonly CheckState[] = ['good', 'warning', 'bad', 'unknown']

/** They are one text, whose parts "!" divides. */
const isWord = (value: unknown): boolean => typeof value === 'string' && !/[!\n\r\0]/.test(value)

const wordsOf = ({ command, args }: Pick<Own, 'command' | 'args'>): string => [command, ...args].join('!')
