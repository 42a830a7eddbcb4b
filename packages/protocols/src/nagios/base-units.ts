/** A unit, and by what its numbers become those of another. */
interface BaseUnit {
  readonly unit: string
  /** The factor is this power of ten … */
  readonly exponent?: number
  /** … or this whole number. */
  readonly factor?: number
}

const units = new Map<string, BaseUnit>([
  ...Object.entries({ s: 0, ms: -3, us: -6, µs: -6, μs: -6, ns: -9 }).map(
    ([name, exponent]) => [name, { unit: 's', exponent }] as const,
  ),
  ...Object.entries({ m: 60, min: 60, h: 3600, d: 86_400 }).map(
    ([name, factor]) => [name, { unit: 's', factor }] as const,
  ),
  // kB and KB are both written; b are bits.
  ...['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'].flatMap((prefix, index) =>
    [...new Set([prefix, prefix.toUpperCase()])].flatMap((letter) =>
      ['B', 'b'].flatMap((unit) => [
        [`${letter}${unit}`, { unit, exponent: 3 * (index + 1) }] as const,
        [`${letter}i${unit}`, { unit, factor: 1024 ** (index + 1) }] as const,
      ]),
    ),
  ),
])

/** What the numbers of a unit are in its base unit: seconds, bytes, bits; each other unit is its own. */
export function inBaseUnit(unit: string): {
  readonly unit: string
  readonly convert: (value: number) => number
} {
  const base = units.get(unit)
  if (base === undefined) return { unit, convert: (value) => value }
  const { exponent, factor = 1 } = base
  return {
    unit: base.unit,
    convert: exponent === undefined ? (value) => value * factor : (value) => shifted(value, exponent),
  }
}

/** A decimal number with its point moved, which multiplying by a power of ten would round twice. */
function shifted(value: number, by: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e')
  return Number(`${digits}e${Number(exponent) + by}`)
}
