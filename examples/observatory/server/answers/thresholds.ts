import { parseDuration } from '@tocsin/fault'
import type { Condition, Duration, Rule, RuleSet } from '@tocsin/fault'

import type { SeriesIndex } from './series-index.ts'
import type { Level, LoadedRule, SeriesName, Threshold } from '../wire.ts'

/** A rule as the page is told of it, and how far an average has to be filled before it is judged. */
export interface WatchingRule extends Omit<LoadedRule, 'watching'> {
  readonly fillMs: number
}

interface Watching {
  readonly rule: WatchingRule
  readonly keys: ReadonlySet<string>
}

/** What the rules watch and from where on it is wrong; the one file that knows how a rule is written. */
export class Thresholds {
  readonly #index: SeriesIndex
  readonly #rules: readonly WatchingRule[]
  #count = -1
  #watching: readonly Watching[] = []
  #watched: ReadonlyMap<string, SeriesName> = new Map()

  constructor(ruleSets: readonly RuleSet[], index: SeriesIndex) {
    this.#index = index
    this.#rules = ruleSets.map(loaded)
  }

  rules(): readonly LoadedRule[] {
    return this.#renewed().map(({ rule: { id, select, levels, averageMs }, keys }) => {
      const average = averageMs !== undefined && { averageMs }
      return { id, select, levels, ...average, watching: keys.size }
    })
  }

  /** The series that some rule watches, by key. */
  watched(): ReadonlyMap<string, SeriesName> {
    this.#renewed()
    return this.#watched
  }

  /** The rules that watch a series. */
  rulesOf(key: string): readonly WatchingRule[] {
    return this.#renewed().flatMap(({ rule, keys }) => (keys.has(key) ? [rule] : []))
  }

  /** What has a line in the chart of these series of one metric. */
  linesOf(shown: readonly SeriesName[]): readonly Threshold[] {
    return this.#renewed().flatMap(({ rule: { id, levels, averageMs }, keys }) => {
      const own = shown.map(({ key }) => key).filter((key) => keys.has(key))
      if (own.length === 0) return []
      return levels.flatMap(({ severity, is, threshold }) =>
        (is === 'above' || is === 'below') && typeof threshold === 'number'
          ? [
              {
                severity,
                is,
                threshold,
                ruleSet: id,
                ...(averageMs !== undefined && { averageMs }),
                ...(own.length < shown.length && { keys: own }),
              },
            ]
          : [],
      )
    })
  }

  #renewed(): readonly Watching[] {
    const { count } = this.#index
    if (count === this.#count) return this.#watching
    const watched = new Map<string, SeriesName>()
    this.#watching = this.#rules.map((rule) => {
      const series = this.#index.select(rule.select)
      for (const one of series) watched.set(one.key, one)
      return { rule, keys: new Set(series.map(({ key }) => key)) }
    })
    this.#watched = watched
    this.#count = count
    return this.#watching
  }
}

/** What the page has words for; a condition that is made of several is none of it. */
function loaded({ id, select, rules }: RuleSet): WatchingRule {
  const windows = rules.flatMap(({ when }) => averageOf(when))
  const [window] = windows
  // One average is told for the whole rule: of those with another one there is no line.
  const isShown = ({ when }: Rule): boolean => {
    const of = 'of' in when ? when.of : undefined
    if (of === undefined) return window === undefined || 'absentFor' in when
    return averageOf(when)[0]?.averageMs === window?.averageMs
  }
  return {
    id,
    select,
    levels: rules
      .filter(isShown)
      .flatMap(({ severity, when, for: lasting }) => {
        const level = levelOf(when)
        const forMs = lasting === undefined ? undefined : parseDuration(lasting)
        return level === undefined ? [] : [{ severity, ...level, ...(forMs !== undefined && { forMs }) }]
      })
      .sort((a, b) => a.severity - b.severity),
    ...(window !== undefined && { averageMs: window.averageMs }),
    fillMs: window?.fillMs ?? 0,
  }
}

/** The average that a condition compares, if it does. */
function averageOf(when: Condition): readonly { readonly averageMs: number; readonly fillMs: number }[] {
  const { of, minFill } = when as {
    readonly of?: { readonly average?: Duration }
    readonly minFill?: Duration
  }
  const averageMs = of?.average === undefined ? undefined : parseDuration(of.average)
  if (averageMs === undefined) return []
  return [{ averageMs, fillMs: (minFill === undefined ? undefined : parseDuration(minFill)) ?? 0 }]
}

const comparisons = [
  'above',
  'below',
  'equals',
  'notEquals',
  'matches',
  'notMatches',
  'contains',
  'notContains',
] as const

function levelOf(when: Condition): Omit<Level, 'severity'> | undefined {
  if (when.absentFor !== undefined) return { is: 'absent', threshold: parseDuration(when.absentFor) ?? NaN }
  if (when.changed !== undefined) return { is: 'changed' }
  const fields = when as Readonly<Record<string, unknown>>
  const is = comparisons.find((name) => fields[name] !== undefined)
  if (is === undefined) return undefined
  const until = fields['until']
  return {
    is,
    threshold: fields[is] as number | string,
    ...(typeof until === 'number' && { until }),
  }
}
