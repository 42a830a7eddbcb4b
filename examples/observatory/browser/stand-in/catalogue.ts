import { compileTagQuery, parseTagQuery } from '@tocsin/core'

import type { Catalogue, LoadedRule, MetricCard, Refusal, Threshold } from '../../server/wire.ts'
import type { InventedSeries } from '../scenes/index.ts'

type Test = (one: InventedSeries) => boolean

function compile(select: string): Test | Refusal {
  if (select === '') return () => true
  const parsed = parseTagQuery(select)
  if (!parsed.ok) return { error: parsed.message, reason: parsed.reason, offset: parsed.offset }
  const test = compileTagQuery(parsed.value)
  return ({ series }) => test(series)
}

/** The answer to `GET /api/catalogue`. */
export function catalogueOf(
  all: readonly InventedSeries[],
  rules: readonly LoadedRule[],
  asked: URLSearchParams,
  now: number,
): Catalogue | Refusal {
  const test = compile(asked.get('select') ?? '')
  if (typeof test !== 'function') return test
  const number = (name: string, otherwise: number): number => Number(asked.get(name) ?? otherwise)
  const offset = number('offset', 0)
  const only = asked.get('metric')
  const matching = all.filter(test)
  const cardsOf = (isMachine: boolean): readonly MetricCard[] => {
    const groups = new Map<string, InventedSeries[]>()
    for (const one of matching) {
      const { metric } = one.series
      if (one.machine !== isMachine || (only !== null && metric !== only)) continue
      groups.set(metric, [...(groups.get(metric) ?? []), one])
    }
    return [...groups.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([metric, group]) => cardOf(metric, group, rules, number('most', 9), now))
  }
  const machine = cardsOf(true)
  const sent = cardsOf(false)
  const count = (isMachine: boolean, of: readonly InventedSeries[]): number =>
    of.filter((one) => one.machine === isMachine).length
  return {
    now,
    series: all.length,
    matching: matching.length,
    machine: { series: count(true, all), matching: count(true, matching), cards: machine },
    sent: {
      series: count(false, all),
      matching: count(false, matching),
      metrics: new Set(all.filter((one) => !one.machine).map(({ series }) => series.metric)).size,
      matchingMetrics: sent.length,
      offset,
      cards: sent.slice(offset, offset + number('limit', 9)),
    },
    tags: narrowing(matching),
  }
}

function cardOf(
  metric: string,
  group: readonly InventedSeries[],
  rules: readonly LoadedRule[],
  most: number,
  now: number,
): MetricCard {
  const shown = group
    .map((one) => {
      const { series, stepMs } = one
      const time = Math.floor(now / stepMs) * stepMs
      const latest = one.value(time)
      return { series, ...(latest !== undefined && { value: latest, time }), stepMs }
    })
    .toSorted((a, b) => Number(b.value) - Number(a.value))
    .slice(0, most)
  return {
    metric,
    drawn: group[0]!.drawn,
    count: group.length,
    shown,
    thresholds: rules.flatMap((rule) => thresholdsOf(rule, group)),
  }
}

function thresholdsOf(rule: LoadedRule, group: readonly InventedSeries[]): readonly Threshold[] {
  const test = compile(rule.select)
  if (typeof test !== 'function') return []
  const watched = group.filter(test)
  if (watched.length === 0) return []
  return rule.levels.flatMap(({ severity, is, threshold }): Threshold[] =>
    (is === 'above' || is === 'below') && typeof threshold === 'number'
      ? [
          {
            severity,
            is,
            threshold,
            ruleSet: rule.id,
            ...(rule.averageMs !== undefined && { averageMs: rule.averageMs }),
            ...(watched.length < group.length && { keys: watched.map(({ series }) => series.key) }),
          },
        ]
      : [],
  )
}

/** The six tags of most use that not all have. */
function narrowing(matching: readonly InventedSeries[]): Catalogue['tags'] {
  const counts = new Map<string, { category: string; value: string; count: number }>()
  for (const { series } of matching) {
    for (const [category, value] of Object.entries(series.tags)) {
      const name = JSON.stringify([category, value])
      const tag = counts.get(name) ?? { category, value, count: 0 }
      tag.count += 1
      counts.set(name, tag)
    }
  }
  return [...counts.values()]
    .filter(({ count }) => count < matching.length)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 6)
}
