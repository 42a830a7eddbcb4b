import { callback, type Defined, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'

import type { Check } from '../../checks/check.ts'
import { badOption } from '../../errors.ts'
import { promises } from './check-promises.ts'
import { CheckScene, type TargetManner } from './check-scene.ts'
import type { ConformanceCase } from '../source-conformance.ts'
import { inTime } from '../source-scene.ts'

/** A check of one's own, and how a test makes its target what it is to be. */
export interface CheckUnderTest {
  /** A new check; called once for each case. */
  readonly create: () => Check
  /** Makes its target good, as it is also after each case. @defaultValue none: it is always */
  readonly good?: (() => Promise<void> | void) | undefined
  /** Makes its target be gone: a port at which nobody listens, a file that is not there. @defaultValue none */
  readonly absent?: (() => Promise<void> | void) | undefined
  /** Makes its target take what it is asked, and never answer. @defaultValue none: a run is aborted as it begins */
  readonly hanging?: (() => Promise<void> | void) | undefined
  /** Makes its target answer with nonsense, or without an end. @defaultValue none */
  readonly hostile?: (() => Promise<void> | void) | undefined
  /** What the check was given and must not tell: passwords, tokens. @defaultValue none */
  readonly secrets?: readonly string[] | undefined
  /**
   * How many things are open that only its target sees, such as connections of a pool.
   * @defaultValue none: timers, sockets and processes that a run opens are seen anyway
   */
  readonly openCount?: (() => number) | undefined
  /** How long a case waits for what must come, ms. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined
}

/**
 * What every check promises, as tests for any runner: it gives an outcome that is one, ends when its signal is aborted, whatever
 * its target does, leaves nothing open and no timer, keeps two runs apart and repeats no secret.
 *
 * Each case takes a check of its own. Waits in real time, by looking again and again: checks have sockets. What a run opens is seen
 * by `async_hooks` of Node.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION` at the call; what is no check, in each case.
 *
 * @returns the cases, to be run one after another where they share a target
 *
 * @example
 * ```ts
 * import { pollCheck } from '@tocsin/protocols/checks'
 * import { checkConformance } from '@tocsin/protocols/testing'
 *
 * const cases = checkConformance({ create: () => pollCheck('queue', async () => ({ depth: 3 })) })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => does nothing before it is run
 * ```
 */
export function checkConformance(subject: CheckUnderTest): readonly ConformanceCase[] {
  const resolved = resolveOptions<Resolved>(defaults as Resolved, subject, checks, badOption)
  const { create, secrets, openCount, timeoutMs } = resolved
  return Object.entries(promises)
    .filter(
      ([, { needs }]) =>
        needs === undefined || (needs === 'secrets' ? secrets.length > 0 : resolved[needs] !== undefined),
    )
    .map(([name, { check }]) => ({
      name,
      run: async () => {
        let isLeft = false
        const become = async (manner: TargetManner): Promise<void> => {
          await inTime(timeoutMs, manner, resolved[manner]?.(), () => isLeft)
        }
        let scene: CheckScene | undefined
        try {
          scene = new CheckScene(() => checkCheck(create()), { become, openCount, secrets, timeoutMs })
          await check(scene)
        } catch (error) {
          throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
          })
        } finally {
          scene?.leave()
          await become('good').finally(() => (isLeft = true))
        }
      },
    }))
}

type Defaulted = 'secrets' | 'timeoutMs'
type Resolved = Defined<Pick<CheckUnderTest, Defaulted>> & Omit<CheckUnderTest, Defaulted>

// What has no default is missed by its check.
const defaults: Defined<Pick<CheckUnderTest, Defaulted>> = { secrets: [], timeoutMs: 5000 }

const checks = {
  create: callback,
  good: optional(callback),
  absent: optional(callback),
  hanging: optional(callback),
  hostile: optional(callback),
  secrets: (value: unknown) =>
    Array.isArray(value) && value.every((secret) => typeof secret === 'string' && secret !== '')
      ? undefined
      : 'an array of texts that are not empty',
  openCount: optional(callback),
  timeoutMs: wholeNumber(1),
}

function checkCheck(check: Check): Check {
  if (port('run')(check) === undefined && typeof check.name === 'string') return check
  throw badOption('create() must give a check, an object with name and run')
}
