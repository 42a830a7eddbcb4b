import { basename } from 'node:path'

import {
  type Defined,
  type Check as OptionCheck,
  oneOf,
  optional,
  resolveOptions,
  text,
  wholeNumber,
} from '@tocsin/core'

import { badOption } from '../../errors.ts'
import { pluginState } from '../../nagios/plugin-state.ts'
import { limit, maxTimerMs } from '../../option-checks.ts'
import { bodySearch } from '../http/body-search.ts'
import { areNames } from '../http/extract/extractor.ts'
import type { Check } from '../check.ts'
import type { CheckOutcome, CheckState } from '../check-outcome.ts'
import { checkName } from '../exchange/target-check.ts'
import { passedEnvironment } from '../programs/passed-environment.ts'
import { jsonReader, type OutputReader, pairsReader, readPlugin } from '../programs/program-output.ts'
import { type ProgramEnd, runProgram } from '../programs/run-program.ts'

/** What {@link externalCheck} runs. */
export interface ExternalCheckOptions {
  /** The program and its arguments, each one as it is: there is no shell. */
  readonly command: readonly string[]
  /**
   * Name of the check.
   * @defaultValue `external:<program>`, without folder and arguments, which may hold secrets
   */
  readonly name?: string | undefined
  /**
   * Which host it looks at, to count by `perHost` of {@link checks}.
   * @defaultValue none: the check counts by itself
   */
  readonly host?: string | undefined
  /**
   * What it prints: as plugins of Nagios do; JSON as `httpTrap` takes it; or lines of a key and a value.
   * @defaultValue `'nagios'`
   */
  readonly output?: 'nagios' | 'json' | 'pairs' | undefined
  /**
   * What stands between key and value of `pairs`.
   * @defaultValue `'='`
   */
  readonly separator?: string | undefined
  /**
   * Which lines of `pairs` to take; runs in linear time, see `bodyMatch` of {@link httpCheck}.
   * @defaultValue all that have the separator
   */
  readonly lines?: RegExp | undefined
  /**
   * Names of `json` and `pairs` to take; also meant by their last parts behind a backtick.
   * @defaultValue all
   */
  readonly only?: readonly string[] | undefined
  /**
   * Names of `json` and `pairs` whose numbers only grow until the program's target begins anew.
   * @defaultValue none: all are gauges
   */
  readonly counters?: readonly string[] | undefined
  /**
   * Variables of its environment, beside `LC_ALL=C` and those passed on.
   * @defaultValue none
   */
  readonly env?: Readonly<Record<string, string>> | undefined
  /**
   * Names of variables of this process that are passed on; no others are.
   * @defaultValue `['PATH', 'HOME', 'TMPDIR', 'TZ']`
   */
  readonly passEnv?: readonly string[] | undefined
  /**
   * The folder in which it runs.
   * @defaultValue that of this process
   */
  readonly cwd?: string | undefined
  /**
   * Number of the user that runs it; this process must be allowed to change to it.
   * @defaultValue that of this process
   */
  readonly uid?: number | undefined
  /**
   * Number of its group.
   * @defaultValue that of this process
   */
  readonly gid?: number | undefined
  /**
   * Most bytes of its output to read; the rest is passed over.
   * @defaultValue 262144
   */
  readonly maxOutputBytes?: number | undefined
  /**
   * Time from SIGTERM, which it is sent at the time-out, to SIGKILL, ms.
   * @defaultValue 1000
   */
  readonly killAfterMs?: number | undefined
}

/** The defaults of {@link externalCheck}. */
export const defaultExternalCheckOptions: Readonly<
  Defined<Pick<ExternalCheckOptions, 'output' | 'separator' | 'maxOutputBytes' | 'killAfterMs'>>
> = Object.freeze({ output: 'nagios', separator: '=', maxOutputBytes: 256 * 1024, killAfterMs: 1000 })

type Resolved = typeof defaultExternalCheckOptions &
  Pick<ExternalCheckOptions, 'name' | 'host' | 'lines' | 'only' | 'counters'> &
  Pick<ExternalCheckOptions, 'env' | 'passEnv' | 'cwd' | 'uid' | 'gid'> & {
    readonly command: readonly string[]
  }

/**
 * A check by a program, such as the plugins of Nagios and its kin. It runs in a process group of its own, which is ended at the time-out, and
 * killed where this process ends by itself, also by an exception that nobody caught. Where a signal ends this process, Node asks nobody: the
 * program goes on, as a rule until it prints something, which nobody reads. Unsubscribe at SIGTERM and SIGINT, or let whoever
 * supervises end all that you started, as systemd and containers do.
 *
 * Metrics: `exit_code` (gauge), `truncated` (gauge, 1 where it printed more than `maxOutputBytes`), `problems` (gauge, values that could not
 * be read); of `nagios` its first line as text `message`, and each item of the performance data by its label, with its unit as the tag
 * `uom` and its limits, as `perfdataSamples` names them; of `json` and `pairs` each value by its name, numbers as gauges, or as counters where you say so, the rest
 * as texts.
 *
 * The state is that of the exit code: 0 good, 1 a warning, 2 bad; all else is unknown, as is a program that could not be started or that a
 * signal ended.
 *
 * @example
 * ```ts
 * import { externalCheck, runOnce } from '@tocsin/protocols/checks'
 *
 * const check = externalCheck({ command: ['printf', 'depth = 3\\nstate = idle\\n'], output: 'pairs' })
 * console.log(check.name) // => external:printf
 * const { samples } = await runOnce(check)
 * for (const { series, value } of samples.slice(0, 2)) console.log(series.metric, value) // => depth 3
 * // => state idle
 * ```
 */
export function externalCheck(options: ExternalCheckOptions): Check {
  const resolved = resolve(options)
  const { command, host } = resolved
  const program = basename(command[0] ?? '')
  const read = readerOf(resolved)
  return {
    ...(host !== undefined && { host }),
    name: resolved.name ?? checkName('external', program),
    async run(context) {
      const { found, signal } = context
      const env = passedEnvironment(resolved.env, resolved.passEnv)
      const ended = await runProgram({ ...resolved, env }, signal)
      const { text: said, problems } = await read(ended.output, context)
      if (ended.code !== undefined) found.gauge('exit_code', ended.code)
      found.gauge('truncated', ended.truncated ? 1 : 0)
      found.gauge('problems', problems)
      return outcomeOf(ended, program, said)
    },
  }
}

function readerOf({ output, separator, lines, only, counters }: Resolved): OutputReader {
  if (output === 'nagios') return readPlugin
  const options = { only, counters }
  return output === 'json' ? jsonReader(options) : pairsReader(separator, lines, options)
}

const states: readonly CheckState[] = ['good', 'warning', 'bad', 'unknown']

function outcomeOf(
  { code, signal, output, errors }: ProgramEnd,
  program: string,
  said: string,
): CheckOutcome {
  const state = states[pluginState(code)] ?? 'unknown'
  const how = code === undefined ? `a signal ended it: ${signal ?? 'unknown'}` : `it ended with ${code}`
  // What is missing from an output that is empty, the program knows better.
  const isSilent = (said === '' || output.length === 0) && state !== 'good'
  const first = (isSilent && errors.toString().trim().replace(/\n.*/s, '')) || said
  const isKnown = code !== undefined && code <= 3
  return { state, status: (isKnown && first !== '' ? first : `${program}: ${how}. ${first}`).trim() }
}

const texts: OptionCheck = (value) =>
  Array.isArray(value) && value.every((word) => typeof word === 'string' && !word.includes('\0'))
    ? undefined
    : 'a list of strings'

/** Whether the environment of a process can have a variable of this name. */
const isVariable = (name: string): boolean => name !== '' && !/[=\0]/.test(name)

const resolve = (options: ExternalCheckOptions): Resolved =>
  resolveOptions<Resolved>(
    {
      ...defaultExternalCheckOptions,
      command: [],
      ...{ name: undefined, host: undefined, lines: undefined, env: undefined, passEnv: undefined },
      ...{ only: undefined, counters: undefined, cwd: undefined, uid: undefined, gid: undefined },
    },
    options,
    {
      command: (value) =>
        texts(value) === undefined && ((value as readonly string[])[0] ?? '') !== ''
          ? undefined
          : 'a program and its arguments, as a list of strings',
      name: optional(text()),
      host: optional(text()),
      output: oneOf('nagios', 'json', 'pairs'),
      separator: text(),
      lines: optional((value) => {
        const search = value instanceof RegExp ? bodySearch(value) : 'it is none'
        return typeof search === 'string' ? `an expression for linear time (${search})` : undefined
      }),
      only: optional(areNames),
      counters: optional(areNames),
      env: optional((value) =>
        typeof value === 'object' &&
        value !== null &&
        texts(Object.values(value)) === undefined &&
        Object.keys(value).every(isVariable)
          ? undefined
          : 'an object of strings, whose names are not empty and without "="',
      ),
      passEnv: optional((value) =>
        texts(value) === undefined && (value as readonly string[]).every(isVariable)
          ? undefined
          : 'a list of names, not empty and without "="',
      ),
      cwd: optional(text()),
      uid: optional(wholeNumber(0)),
      gid: optional(wholeNumber(0)),
      maxOutputBytes: limit,
      killAfterMs: wholeNumber(0, maxTimerMs),
    },
    badOption,
  )
