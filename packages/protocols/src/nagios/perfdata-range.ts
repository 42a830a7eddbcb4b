/** The values that are good, or with `inside` those that are not. Both ends belong to it. */
export interface PerfdataRange {
  /** Where it starts; absent where that is minus infinity (`~`). */
  readonly start?: number
  /** Where it ends; absent where that is infinity. */
  readonly end?: number
  /** Whether a value within is what it warns of (`@`), not one outside. */
  readonly inside: boolean
}

/** Reads a number, or gives NaN. */
export type ReadNumber = (text: string) => number

/** Reads `[@][start:][end]`; `undefined` where it is none, or ends before it starts. */
export function readRange(text: string, readNumber: ReadNumber): PerfdataRange | undefined {
  const inside = text.startsWith('@')
  const range = inside ? text.slice(1) : text
  const colon = range.indexOf(':')
  const startText = colon < 0 ? '' : range.slice(0, colon)
  const endText = range.slice(colon + 1)
  // A colon alone says nothing.
  if (endText === '' && startText === '') return undefined
  const start = startText === '~' ? -Infinity : startText === '' ? 0 : readNumber(startText)
  const end = endText === '' ? Infinity : readNumber(endText)
  if (!(start <= end)) return undefined
  return { ...(start > -Infinity && { start }), ...(end < Infinity && { end }), inside }
}
