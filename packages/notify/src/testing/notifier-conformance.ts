import { callback, resolveOptions } from '@tocsin/core'
import type { Check } from '@tocsin/core'

import { badOption, messageOf } from '../errors.ts'
import { notifierPromises } from './notifier-promises.ts'
import type { NotifierScene, ReceiverBehaviour } from './notifier-scene.ts'

/** A notifier of one's own, and what can be tried with it. */
export interface NotifierUnderTest {
  /** Starts a receiver that does this, and a notifier that tells it. */
  readonly start: (behaviour: ReceiverBehaviour) => NotifierScene | Promise<NotifierScene>
  /** What a receiver can do. @defaultValue only `'takes'` */
  readonly behaviours?: readonly ReceiverBehaviour[] | undefined
  /** Texts that no error may tell, such as an address and a password. @defaultValue none */
  readonly secrets?: readonly string[] | undefined
}

/** One promise of a notifier. */
export interface NotifierCase {
  /** The promise, as a sentence. */
  readonly name: string
  /** Resolves where it is kept; rejects with the promise and what was seen instead. */
  readonly run: () => Promise<void>
}

const behaviours: readonly unknown[] = ['takes', 'fails', 'limits', 'refuses', 'hangs', 'resets', 'absent']
const behavioursCheck: Check = (value) =>
  Array.isArray(value) && value.every((each) => behaviours.includes(each))
    ? undefined
    : `an array of ${behaviours.join(', ')}`
const secretsCheck: Check = (value) =>
  Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
    ? undefined
    : 'an array of texts'

/**
 * What every {@link Notifier} promises, as tests for any runner: what it says of an attempt is so, failures are told apart, an attempt
 * ends when it is aborted, repeats are known as such, several go at a time, nothing that is told steers the channel, and no error tells a
 * secret.
 *
 * Each case starts a receiver of its own and stops it. A promise that needs a behaviour which is not given is left out.
 *
 * Errors: wrong options throw `NOTIFY_BAD_OPTION` at the call.
 *
 * @returns the cases, each to be run in any order
 *
 * @example
 * ```ts
 * import { consoleNotifier } from '@tocsin/notify'
 * import { notifierConformance } from '@tocsin/notify/testing'
 *
 * const cases = notifierConformance({
 *   start: () => {
 *     const lines: string[] = []
 *     return { notifier: consoleNotifier({ write: (line) => lines.push(line) }), received: () => lines }
 *   },
 * })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => resolves when the notification was taken, of which the receiver has the id
 * ```
 */
export function notifierConformance(subject: NotifierUnderTest): readonly NotifierCase[] {
  const given = resolveOptions<NotifierUnderTest>(
    { behaviours: ['takes'], secrets: [] } as unknown as NotifierUnderTest,
    subject,
    { start: callback, behaviours: behavioursCheck, secrets: secretsCheck },
    badOption,
  )
  const { start, behaviours: can = [], secrets = [] } = given
  return Object.entries(notifierPromises)
    .filter(([, { needs }]) => can.includes(needs))
    .map(([name, { needs, check }]) => ({
      name,
      run: async () => {
        const scene = await start(needs)
        try {
          await check(scene, secrets)
        } catch (error) {
          throw new Error(`${name}: ${messageOf(error)}`, { cause: error })
        } finally {
          await scene.stop?.()
        }
      },
    }))
}
