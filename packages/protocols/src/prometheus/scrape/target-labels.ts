import { type Parsed, seriesOfPairs, type Series, type Tags } from '@tocsin/core'

import type { ResolvedScrape } from './scrape-options.ts'

/** Gives the series of a page as they are of a target; a sentence where one is beyond a limit, by which all of the page is refused. */
export type LabelSeries = (onPage: Series) => Parsed<Series> | string

export function createLabels(
  target: Tags,
  honorLabels: boolean,
  {
    maxLabels,
    maxLabelNameLength,
    maxLabelValueLength,
  }: Pick<ResolvedScrape, 'maxLabels' | 'maxLabelNameLength' | 'maxLabelValueLength'>,
): LabelSeries {
  const isOver = (pairs: readonly (readonly [string, string])[]): string | undefined => {
    if (pairs.length + 1 > maxLabels) return `a series has more than ${maxLabels} labels with its name`
    for (const [name, value] of pairs) {
      if (name.length > maxLabelNameLength)
        return `the name of a label has more than ${maxLabelNameLength} characters`
      if (value.length > maxLabelValueLength)
        return `the value of a label has more than ${maxLabelValueLength} characters`
    }
    return undefined
  }
  return ({ metric, tags }) => {
    const pairs = [...merge(target, tags, honorLabels)]
    return isOver(pairs) ?? seriesOfPairs(metric, pairs)
  }
}

/** Both in one; of two with the same name that of the page goes before, or gets another name. */
function merge(target: Tags, page: Tags, honorLabels: boolean): ReadonlyMap<string, string> {
  const ofTarget = Object.entries(target)
  const ofPage = Object.entries(page)
  if (honorLabels) return new Map([...ofTarget, ...ofPage])
  const isTaken = (name: string): boolean => Object.hasOwn(target, name)
  const merged = new Map([...ofPage.filter(([name]) => !isTaken(name)), ...ofTarget])
  for (const [name, value] of ofPage) {
    if (!isTaken(name)) continue
    let other = `exported_${name}`
    while (merged.has(other)) other = `exported_${other}`
    merged.set(other, value)
  }
  return merged
}
