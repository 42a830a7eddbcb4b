import { callback, optional, resolveOptions } from '@tocsin/core'

import { badOption, messageOf } from '../errors.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { NotifyStore } from '../stores/notify-store.ts'
import { notifyStorePromises } from './notify-store-promises.ts'

/** A store of one's own, and how a test ends it. */
export interface NotifyStoreUnderTest<Store extends NotifyStore> {
  /** Opens the store of this name. It is empty when the name comes for the first time, and has what it had when it comes again. */
  readonly open: (name: string) => MaybePromise<Store>
  /** Ends a store, so that its name can be opened again. @defaultValue none: what it holds then is not tested */
  readonly close?: ((store: Store) => MaybePromise<void>) | undefined
  /**
   * Ends a store as a process ends that is killed: nothing is written any more, and its name can be opened again.
   * @defaultValue none: what a kill leaves is not tested
   */
  readonly kill?: ((store: Store) => MaybePromise<void>) | undefined
}

/** One promise of the port. */
export interface NotifyStoreCase {
  /** The promise, as a sentence. */
  readonly name: string
  /** Resolves where it is kept; rejects with the promise and what was seen instead. */
  readonly run: () => Promise<void>
}

/**
 * What every {@link NotifyStore} promises, as tests for any runner: what was acknowledged stays, in order and as it was; a later change
 * replaces an earlier one, a `reset` all of them; one run at a time has the store; what is open is known before the first run.
 *
 * Each case opens a store of its own name, and ends it with `close` where there is one. Compares with what the changes add up to by a count
 * of its own.
 *
 * Errors: wrong options throw `NOTIFY_BAD_OPTION` at the call.
 *
 * @returns the cases, each to be run in any order
 *
 * @example
 * ```ts
 * import { openNotifyStore } from '@tocsin/notify/store'
 * import { memoryFileSystem, notifyStoreConformance } from '@tocsin/notify/testing'
 *
 * const fileSystem = memoryFileSystem()
 * const cases = notifyStoreConformance({
 *   open: (name) => openNotifyStore(name, { fileSystem }),
 *   close: (store) => store.close(),
 * })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => is empty at first
 * ```
 */
export function notifyStoreConformance<Store extends NotifyStore>(
  subject: NotifyStoreUnderTest<Store>,
): readonly NotifyStoreCase[] {
  const { open, close, kill } = resolveOptions<NotifyStoreUnderTest<Store>>(
    {} as NotifyStoreUnderTest<Store>,
    subject,
    { open: callback, close: optional(callback), kill: optional(callback) },
    badOption,
  )
  const ends = { close, kill }
  return Object.entries(notifyStorePromises)
    .filter(([, { needs }]) => needs === undefined || ends[needs] !== undefined)
    .map(([name, { needs, check }], index) => ({
      name,
      run: async () => {
        const place = `conformance-${index + 1}`
        let store = await open(place)
        try {
          await check({
            get store() {
              return store
            },
            restart: async () => {
              if (needs !== undefined) await ends[needs]?.(store)
              store = await open(place)
            },
          })
        } catch (error) {
          throw new Error(`${name}: ${messageOf(error)}`, { cause: error })
        } finally {
          await close?.(store)
        }
      },
    }))
}
