/** Kleene's three values. */
export type Truth = 'true' | 'false' | 'unknown'

const rank: Readonly<Record<Truth, number>> = { false: 0, unknown: 1, true: 2 }
const byRank: readonly Truth[] = ['false', 'unknown', 'true']

export const truthOf = (is: boolean): Truth => (is ? 'true' : 'false')

/** The least true of them. */
export const allOf = (truths: readonly Truth[]): Truth =>
  byRank[Math.min(2, ...truths.map((one) => rank[one]))] ?? 'unknown'

/** The most true of them. */
export const anyOf = (truths: readonly Truth[]): Truth =>
  byRank[Math.max(0, ...truths.map((one) => rank[one]))] ?? 'unknown'

export const notOf = (truth: Truth): Truth => byRank[2 - rank[truth]] ?? 'unknown'

/** True where enough are, false where too few could be; unknown of nothing at all. */
export function someOf(some: number | `${number}%`, truths: readonly Truth[]): Truth {
  if (truths.length === 0) return 'unknown'
  const needed =
    typeof some === 'number'
      ? some
      : Math.max(1, Math.ceil((truths.length * Number(some.slice(0, -1))) / 100))
  const trues = truths.filter((one) => one === 'true').length
  const possible = truths.filter((one) => one !== 'false').length
  if (trues >= needed) return 'true'
  return possible < needed ? 'false' : 'unknown'
}
