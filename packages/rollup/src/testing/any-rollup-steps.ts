import type { Sample } from '@tocsin/core'
import { anySamples, type AnySamplesOptions } from '@tocsin/core/testing/arbitraries'
import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import type { RollupBatch } from '../rollup-store.ts'

/** A batch comes. */
export interface WriteStep {
  /** `'write'`. */
  readonly type: 'write'
  /** The batch. */
  readonly batch: RollupBatch
}

/** The store is asked to flush. */
export interface FlushStep {
  /** `'flush'`. */
  readonly type: 'flush'
}

/** The process ends, and the store is opened again. */
export interface RestartStep {
  /** `'restart'`. */
  readonly type: 'restart'
  /** Whether it is closed before. */
  readonly closed: boolean
}

/** What happens to a store. */
export type RollupStep = WriteStep | FlushStep | RestartStep

/** Samples, and how a store gets them. */
export interface RollupSteps {
  /** All samples once, as they arrive; each has the sequence number of its place, from 1. */
  readonly samples: readonly Sample[]
  /** The same, cut into batches of which some come again, with flushes and restarts between. */
  readonly steps: readonly RollupStep[]
}

/** What {@link anyRollupSteps} makes. */
export interface AnyRollupStepsOptions extends AnySamplesOptions {
  /** Name of the journal of the batches. @defaultValue `'any journal'` */
  readonly journalId?: string | undefined
}

/**
 * Samples as they really arrive, with gaps, disorder, duplicates, resets, restarts of senders and clocks that are off; and what a store lives
 * through meanwhile: batches of any size that come again in whole or in part, flushes and restarts at every place. After all
 * steps a store must say of each series what `expectedSlots` of `@tocsin/rollup/testing` says of the samples. Shrinks to few
 * samples, one batch, no flush and no restart.
 *
 * Steps are 20 s unless told otherwise, so that windows of a minute have several and few.
 *
 * @example
 * ```ts
 * import { anyRollupSteps } from '@tocsin/rollup/testing/arbitraries'
 * import fc from 'fast-check'
 *
 * const [run] = fc.sample(anyRollupSteps(), 1)
 * const written = run?.steps.flatMap((step) => (step.type === 'write' ? step.batch.values : [])) ?? []
 * console.log(written.length >= (run?.samples.length ?? 0)) // => true
 * ```
 */
export function anyRollupSteps({
  journalId = 'any journal',
  ...options
}: AnyRollupStepsOptions = {}): Arbitrary<RollupSteps> {
  const cut = fc.record({
    /** Samples of the batch. */
    size: fc.integer({ min: 1, max: 6 }),
    /** Of these, how many had come before. */
    again: fc.oneof({ withCrossShrink: true }, fc.constant(0), fc.integer({ min: 1, max: 6 })),
    then: fc.constantFrom(...afterwards),
  })
  return fc
    .tuple(anySamples({ step: '20s', ...options }), fc.array(cut, { maxLength: 12 }))
    .map(([{ list: samples }, cuts]) => {
      const steps: RollupStep[] = []
      let at = 0
      const write = (from: number, to: number): void => {
        if (from === to) return
        const position = { journalId, firstSeq: from + 1, lastSeq: to }
        steps.push({ type: 'write', batch: { values: samples.slice(from, to), position } })
        at = to
      }
      for (const { size, again, then } of cuts) {
        write(Math.max(0, at - again), Math.min(samples.length, at + size))
        steps.push(...then)
      }
      write(at, samples.length)
      return { samples, steps }
    })
}

const afterwards: readonly (readonly RollupStep[])[] = [
  [],
  [{ type: 'flush' }],
  [{ type: 'restart', closed: true }],
  [{ type: 'restart', closed: false }],
  [{ type: 'flush' }, { type: 'restart', closed: false }],
]
