import { addScaled, partsOf, productOf, type ExactSum } from '@tocsin/core/exact-sum'

import { decimalsOf, powerOfTen, rescaled, scaledDecimal, scaledTotal } from './decimals.ts'
import type { HeldState, NumberPoint, NumericRollup } from './rollups.ts'

/** What values and the ms that they held add up to. */
export interface HeldArea {
  decimals: number
  area: ExactSum
  readonly doubles: ExactSum
}

/** Of no time. */
export const createArea = (): HeldArea => ({ decimals: 0, area: [], doubles: [] })

/** Adds a value that held until a moment; one that held for no time decides how the sums are scaled all the same. */
export function hold(to: HeldArea, { time, value }: NumberPoint, until: number): void {
  const places = decimalsOf(value)
  raise(to, places)
  if (places < 0) addScaled(to.doubles, [value], until - time)
  else
    addScaled(
      to.area,
      productOf(scaledDecimal(value, places), until - time),
      powerOfTen(to.decimals - places),
    )
}

function raise(to: HeldArea, places: number): void {
  if (places <= to.decimals) return
  to.area = rescaled(to.area, to.decimals, places)
  to.decimals = places
}

/** Adds what a rollup holds. */
function addHeld(to: HeldArea, { decimals, area, doubles }: HeldState): void {
  raise(to, decimals)
  addScaled(to.area, area, powerOfTen(to.decimals - decimals))
  addScaled(to.doubles, doubles ?? [], 1)
}

/** As plain data. */
export function heldState({ decimals, area, doubles }: HeldArea): HeldState {
  const state = { decimals, area: partsOf(area) }
  return doubles.length === 0 ? state : { ...state, doubles: partsOf(doubles) }
}

/** What windows hold one behind the other; `undefined` where one does not say it, or where they overlap in time. */
export function foldHeld(parts: readonly NumericRollup[]): HeldState | undefined {
  const to = createArea()
  let last: NumberPoint | undefined
  for (const part of [...parts].sort((a, b) => a.first.time - b.first.time)) {
    if (part.held === undefined || (last !== undefined && part.first.time <= last.time)) return undefined
    if (last !== undefined) hold(to, last, part.first.time)
    addHeld(to, part.held)
    last = part.last
  }
  return heldState(to)
}

/** The area and its scale, with what held before the window. */
export function heldTotal(
  held: HeldState,
  before: NumberPoint | undefined,
  first: number,
): [ExactSum, number] {
  const to = createArea()
  addHeld(to, held)
  if (before !== undefined) hold(to, before, first)
  return [scaledTotal(to.area, to.doubles, to.decimals), powerOfTen(to.decimals)]
}
