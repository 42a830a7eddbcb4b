import { type Check, maxTagLength, type ReportProblem, type Sample } from '@tocsin/core'

import type { OperatorProblem } from './operator-problem.ts'

/** Who a sample is from. */
export type SourceOf = string | ((sample: Sample) => string | undefined)

/** What may be given as {@link SourceOf}. */
export const sourceOfCheck: Check = (value) =>
  typeof value === 'function' || (typeof value === 'string' && value !== '')
    ? undefined
    : 'the category of a tag, "source" for what a sample itself says, or a function of the sample'

/** The source of a sample; where it says none, or one that no tag holds, nothing and a problem. */
export function createSourceOf(
  by: SourceOf,
  report: ReportProblem<OperatorProblem>,
): (sample: Sample) => string | undefined {
  const find = finder(by)
  return (sample) => {
    const source = find(sample)
    if (source !== undefined && source.length <= maxSourceLength) return source
    const series = sample.series.key
    if (source === undefined)
      report('no-source', () => ({
        message: 'the sample says no source; say with "by" where it stands',
        series,
      }))
    else
      report('bad-name', () => ({
        message: `the name of the source has more than ${maxSourceLength} characters`,
        series,
      }))
    return undefined
  }
}

function finder(by: SourceOf): (sample: Sample) => string | undefined {
  if (typeof by === 'function') return by
  if (by === 'source') return ({ source, series: { tags } }) => source ?? tagOf(tags, by)
  return ({ series: { tags } }) => tagOf(tags, by)
}

const tagOf = (tags: Sample['series']['tags'], category: string): string | undefined =>
  Object.hasOwn(tags, category) ? tags[category] : undefined

/** Longest name of a source: what the tag `source` holds. */
const maxSourceLength = maxTagLength - 'source:'.length

/** Why a sample is not looked at. */
export const noRoom = (maxSources: number): string =>
  `there are ${maxSources} sources, and no room for the one of this sample`
