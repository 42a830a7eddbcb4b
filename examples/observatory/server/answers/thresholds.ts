import { parseDuration } from '@tocsin/fault'
import type { Criterion, RuleSet } from '@tocsin/fault'

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

function loaded({ id, select, rules, window }: RuleSet): WatchingRule {
  const averageMs = window === undefined ? undefined : parseDuration(window.duration)
  return {
    id,
    select,
    levels: rules
      .map(({ severity, when }) => ({ severity, ...criterion(when) }))
      .sort((a, b) => a.severity - b.severity),
    ...(averageMs !== undefined && { averageMs }),
    fillMs: (window?.minFill === undefined ? undefined : parseDuration(window.minFill)) ?? 0,
  }
}

function criterion(when: Criterion): Omit<Level, 'severity'> {
  if ('changed' in when) return { is: 'changed' }
  if ('absentFor' in when) return { is: 'absent', threshold: parseDuration(when.absentFor) ?? NaN }
  if ('above' in when) return { is: 'above', threshold: when.above }
  if ('below' in when) return { is: 'below', threshold: when.below }
  if ('equals' in when) return { is: 'equals', threshold: when.equals }
  if ('notEquals' in when) return { is: 'notEquals', threshold: when.notEquals }
  if ('matches' in when) return { is: 'matches', threshold: when.matches }
  if ('notMatches' in when) return { is: 'notMatches', threshold: when.notMatches }
  if ('contains' in when) return { is: 'contains', threshold: when.contains }
  return { is: 'notContains', threshold: when.notContains }
}
