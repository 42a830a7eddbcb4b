import { buildSeries, type Series } from '@tocsin/core'

/** What statsd adds up, each in its own way. */
export type StatsdAggregateType = 'counter' | 'gauge' | 'set' | 'timer'

/** All of them. */
export const aggregateTypes: readonly StatsdAggregateType[] = ['counter', 'gauge', 'set', 'timer']

/**
 * The series of what is made of one: its name and these endings, its tags and `statsd_type`, without which a counter and a timer of one
 * name would have one `count`. `undefined` where the name has no room for that.
 */
export function aggregateSeries(
  { metric, tags }: Series,
  type: StatsdAggregateType,
  endings: readonly string[],
): readonly Series[] | undefined {
  const longest = endings.reduce((a, b) => (b.length > a.length ? b : a), '')
  const built = buildSeries(`${metric}${longest}`, { ...tags, statsd_type: type })
  if (!built.ok) return undefined
  // They share their tags, which are most of their memory.
  const behindName = built.value.key.slice(built.value.metric.length)
  return endings.map((ending) => ({
    key: `${metric}${ending}${behindName}`,
    metric: `${metric}${ending}`,
    tags: built.value.tags,
  }))
}
