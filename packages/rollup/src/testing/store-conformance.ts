import { callback, optional, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { promises } from './store-promises.ts'
import { StoreScene } from './store-scene.ts'
import type { TestedStore } from './store-scene.ts'

/** A store of one's own, and how a test ends it. */
export interface StoreUnderTest<S extends TestedStore> {
  /**
   * Opens the store of this name, with windows of 1m, 5m and 1h at least, and the defaults of `openRollupStore`. It is empty when the
   * name comes for the first time, and has what it had when it comes again.
   */
  readonly open: (name: string) => Promise<S>
  /**
   * Ends a store as a process ends that is killed: nothing is written any more, what it holds is let go, and its name can be opened again.
   * @defaultValue none: what a kill leaves is not tested
   */
  readonly kill?: ((store: S) => Promise<void>) | undefined
}

/** One promise of the face. */
export interface ConformanceCase {
  /** The promise, as a sentence. */
  readonly name: string
  /** Resolves where it is kept; rejects with the promise and what was seen instead. */
  readonly run: () => Promise<void>
}

/**
 * What every store of rollups promises, as tests for any runner: what was acknowledged stays, records that come again count once,
 * numbers are exact in any order of arrival and wherever the store is flushed or restarted, late samples are found in windows of
 * every length, bad data costs only itself, and wrong calls reject with their codes.
 *
 * Each case opens a store of its own name and closes it in the end, kept or not. Compares with `expectedSlots`.
 *
 * Errors: wrong options throw `ROLLUP_BAD_OPTION` at the call.
 *
 * @returns the cases, each to be run in any order
 *
 * @example
 * ```ts
 * import { openRollupStore } from '@tocsin/rollup/store'
 * import { memoryFileSystem, storeConformance } from '@tocsin/rollup/testing'
 *
 * const fileSystem = memoryFileSystem()
 * const cases = storeConformance({ open: (name) => openRollupStore(name, { fileSystem }) })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => is empty at first
 * ```
 */
export function storeConformance<S extends TestedStore>(
  subject: StoreUnderTest<S>,
): readonly ConformanceCase[] {
  const { open, kill } = resolveOptions<StoreUnderTest<S>>(
    {} as StoreUnderTest<S>,
    subject,
    checks,
    badOption,
  )
  return Object.entries(promises)
    .filter(([, { needs }]) => needs === undefined || kill !== undefined)
    .map(([name, { check }], index) => ({
      name,
      run: async () => {
        const place = `conformance-${index + 1}`
        const scene = new StoreScene(
          () => open(place),
          kill as ((store: TestedStore) => Promise<void>) | undefined,
        )
        try {
          await scene.start()
          await check(scene)
        } catch (error) {
          const seen = error instanceof Error ? error.message : String(error)
          throw new Error(`${name}: ${seen}`, { cause: error })
        } finally {
          await scene.leave()
        }
      },
    }))
}

const checks = { open: callback, kill: optional(callback) }
