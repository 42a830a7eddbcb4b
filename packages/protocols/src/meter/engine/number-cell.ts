import { add, nearest, sumOf, type ExactSum } from '@tocsin/core/exact-sum'

import type { Cell } from './series-table.ts'

/** The exact sum of numbers: whole ones in one double, as long as that is exact, and beside it all others. */
export interface NumberCell extends Cell {
  whole: number
  parts: ExactSum | undefined
  /** Whether there is a value: a gauge has none before it is set. */
  isKnown: boolean
}

/** A cell that stands at 0. */
export const numberCell =
  (isKnown: boolean) =>
  (cell: Cell): NumberCell => ({ ...cell, whole: 0, parts: undefined, isKnown })

/** Two of these still have a sum. */
const huge = 1e300

/** Adds a number to a cell; false where that is none, or has no finite sum. */
export function addTo(cell: NumberCell, amount: number): boolean {
  // First of all: what is no number at all must meet no operator.
  if (Number.isInteger(amount)) {
    const whole = cell.whole + amount
    if (Number.isSafeInteger(whole)) {
      cell.whole = whole
      return true
    }
  } else if (!Number.isFinite(amount)) return false
  const parts = cell.parts ?? []
  const isHuge = Math.abs(amount) > huge || Math.abs(parts.at(-1) ?? 0) > huge
  if (isHuge && !Number.isFinite(nearest(sumOf(parts, [cell.whole], [amount])))) return false
  add(parts, amount)
  cell.parts = parts.length === 0 ? undefined : parts
  return true
}

/** Puts a number in the place of the sum; false where it is none. */
export function setTo(cell: NumberCell, value: number): boolean {
  if (!Number.isFinite(value)) return false
  cell.whole = 0
  cell.parts = undefined
  return addTo(cell, value)
}

/** The nearest double to a sum, and where it is a whole number beyond 2^53, all its digits. */
export function readTotal({ whole, parts }: NumberCell): { readonly value: number; readonly exact?: bigint } {
  if (parts === undefined) return { value: whole }
  const sum = sumOf(parts, [whole])
  const value = nearest(sum)
  if (Number.isSafeInteger(value) || !sum.every(Number.isInteger)) return { value }
  return { value, exact: sum.reduce((total, part) => total + BigInt(part), 0n) }
}
