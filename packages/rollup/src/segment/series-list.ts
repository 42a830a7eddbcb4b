/** Sorted numbers of series; `undefined` for all. */
export type SeriesList = Uint32Array | readonly number[] | undefined

/** Index of the first that is at least `number`. */
export function lowerBound(
  list: ArrayLike<number>,
  number: number,
  from = 0,
  to: number = list.length,
): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? 0) < number) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether one of them is from `first` to `last`. */
export function anyBetween(list: SeriesList, first: number, last: number): boolean {
  if (list === undefined) return true
  const at = lowerBound(list, first)
  return at < list.length && (list[at] ?? 0) <= last
}
