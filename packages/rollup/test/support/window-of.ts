import type { SampleOf } from '@tocsin/core'
import fc from 'fast-check'

import { cellRollup, createCell, recordReading } from '../../src/engine/cell.ts'
import { readSample, type Reading, type RollupInput } from '../../src/engine/reading.ts'
import type { Rollup } from '../../src/engine/rollups.ts'
import type { OracleRules } from './oracle.ts'
import { sample } from './samples.ts'

/** A sample as it is recorded. */
export function readingOf(input: RollupInput): Reading {
  const reading = readSample(input)
  if (reading.kind === 'refused') throw new Error(reading.message)
  return reading
}

/** One window of these samples, as they come. */
export function windowOf(samples: readonly RollupInput[], rules?: OracleRules): Rollup {
  let cell: ReturnType<typeof createCell> | undefined
  for (const one of samples) {
    const reading = readingOf(one)
    cell ??= createCell(reading.kind, rules?.sameTime, rules?.counterWrap)
    recordReading(cell, reading)
  }
  const rollup = cell === undefined ? undefined : cellRollup(cell)
  if (rollup === undefined) throw new Error('no samples')
  return rollup
}

/** A gauge's values, in order of time. */
export const gauges = (values: readonly number[]): SampleOf<'gauge'>[] =>
  values.map((value, index) => sample('g', index * 10, value))

/** The same in any order. */
export const shuffled = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...values], { minLength: values.length })
