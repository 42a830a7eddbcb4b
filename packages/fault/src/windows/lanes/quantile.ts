/** Splits each power of two in 16: a number differs from the middle of its range by at most 1/33. */
const view = new DataView(new ArrayBuffer(8))

/** The range of a number, in the order of numbers; those below 2.3e-308 are in that of 0, an infinity has one of its own. */
function binOf(value: number): number {
  view.setFloat64(0, value)
  const bits = view.getUint32(0) >>> 16
  const magnitude = bits & 0x7fff
  if (magnitude < 16) return 0
  return bits >= 0x8000 ? -magnitude : magnitude
}

/** The middle of a range. */
function middleOf(bin: number): number {
  const magnitude = Math.abs(bin)
  if (magnitude < 16) return 0
  view.setUint32(0, magnitude * 0x1_0000 + (magnitude < 0x7ff0 ? 0x8000 : 0))
  view.setUint32(4, 0)
  const middle = view.getFloat64(0)
  return bin < 0 ? -middle : middle
}

/** NaN, which is no number of any range. */
const none = 0x8000

/** How many samples lie in each range, for each pane of a layout: only of those ranges where one lies, about 40 bytes each. */
export interface QuantileBins {
  /** By pane, of all rows. */
  readonly panes: (Map<number, number> | undefined)[]
}

/** Takes a number into a pane's ranges, or out of them (`by` -1). */
export function countInBins(bins: QuantileBins, pane: number, value: number, by: 1 | -1): void {
  const counts = (bins.panes[pane] ??= new Map<number, number>())
  const bin = Number.isNaN(value) ? none : binOf(value)
  const count = (counts.get(bin) ?? 0) + by
  if (count > 0) counts.set(bin, count)
  else counts.delete(bin)
}

/** The quantile of panes: of `n` samples in order the `ceil(q * n)`th, at least the first; NaN where one is no number. */
export function quantileOf(panes: readonly Map<number, number>[], quantile: number): number {
  const all = new Map<number, number>()
  let count = 0
  for (const counts of panes) {
    for (const [bin, more] of counts) {
      all.set(bin, (all.get(bin) ?? 0) + more)
      count += more
    }
  }
  if (count === 0 || all.has(none)) return NaN
  // 0.07 * 100 is a hair more than 7.
  let left = Math.max(1, Math.ceil(quantile * count * (1 - 2 ** -50)))
  for (const [bin, more] of [...all].sort(([a], [b]) => a - b)) {
    left -= more
    if (left <= 0) return middleOf(bin)
  }
  return NaN
}
