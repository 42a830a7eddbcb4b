import { buildSeries, type Tags } from '@tocsin/core'

import type { Findings } from '../findings.ts'

/** Findings that take each series once. */
export interface FoundOnce extends Findings {
  /** How many were there already. */
  readonly repeated: number
}

/** Lets through to `found` what was not there before. */
export function foundOnce(found: Findings): FoundOnce {
  const taken = new Set<string>()
  let repeated = 0
  const isNew = (key: string): boolean => {
    if (taken.has(key)) {
      repeated += 1
      return false
    }
    taken.add(key)
    return true
  }
  /** Whether a value should be taken; what cannot be a name is counted where it is taken. */
  const isFirst = (metric: string, tags: Tags = {}): boolean => {
    const built = buildSeries(metric, tags)
    return !built.ok || isNew(built.value.key)
  }
  return {
    ...through(found),
    gauge(metric, value, tags) {
      if (isFirst(metric, tags)) found.gauge(metric, value, tags)
    },
    counter(metric, value, tags) {
      if (isFirst(metric, tags)) found.counter(metric, value, tags)
    },
    text(metric, value, tags) {
      if (isFirst(metric, tags)) found.text(metric, value, tags)
    },
    add: (samples) => found.add(samples.filter(({ series }) => isNew(series.key))),
    get repeated() {
      return repeated
    },
  }
}

/** Findings whose numbers and texts have tags more. */
export const foundWithTags = (found: Findings, more: Tags): Findings => ({
  ...through(found),
  gauge: (metric, value, tags) => found.gauge(metric, value, { ...tags, ...more }),
  counter: (metric, value, tags) => found.counter(metric, value, { ...tags, ...more }),
  text: (metric, value, tags) => found.text(metric, value, { ...tags, ...more }),
})

/** What they have in common with those that they give to. */
const through = (
  found: Findings,
): Pick<Findings, 'add' | 'hide' | 'good' | 'warning' | 'bad' | 'unknown'> => ({
  add: (samples) => found.add(samples),
  hide: (...secrets) => found.hide(...secrets),
  good: (status) => found.good(status),
  warning: (status) => found.warning(status),
  bad: (status) => found.bad(status),
  unknown: (status) => found.unknown(status),
})
