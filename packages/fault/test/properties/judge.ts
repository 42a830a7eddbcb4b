import fc from 'fast-check'
import { expect } from 'vitest'

import type { RuleSet } from '../../src/model/rule-set.ts'
import { type Delivery, usualLimits } from '../oracle/arrivals.ts'
import { TooClose } from '../oracle/interval.ts'
import { type Expectation, expected } from '../oracle/oracle.ts'
import { comparable, type Drive, tellingsOf } from './run-engine.ts'

/** So long after the last delivery that all that was under way has come to its end. */
export const afterwardsMs = 900_000

/** What the oracle says; a case that turns on the last places of a double is none. */
function right(ruleSets: readonly RuleSet[], deliveries: readonly Delivery[], end: number): Expectation {
  try {
    return expected(ruleSets, deliveries, end, usualLimits)
  } catch (error) {
    if (error instanceof TooClose) fc.pre(false)
    throw error
  }
}

/** Shows that an engine tells what the oracle says; returns how much that was. */
export function judge(
  ruleSets: readonly RuleSet[],
  deliveries: readonly Delivery[],
  drive: Drive = {},
): number {
  const end = (deliveries.at(-1)?.now ?? 0) + afterwardsMs
  const expectation = right(ruleSets, deliveries, end)
  const got = tellingsOf(ruleSets, deliveries, end, drive)
  const [ours, theirs] = comparable(got, expectation, drive.ticks ?? true)
  expect(ours).toEqual(theirs)
  return Object.values(expectation).flat().length
}
