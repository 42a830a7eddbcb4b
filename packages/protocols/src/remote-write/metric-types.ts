/** What a metric is, as both versions number it (`MetricType`); what is not listed is unknown, a gauge or alike. */
export const metricTypes = { unknown: 0, counter: 1, histogram: 3, gaugeHistogram: 4, summary: 5 } as const

/** What a name says a sample is within a family. */
export type NamePart = 'plain' | 'total' | 'bucket' | 'count' | 'sum'

const suffixes: readonly (readonly [part: NamePart, suffix: string])[] = [
  ['total', '_total'],
  ['bucket', '_bucket'],
  ['count', '_count'],
  ['sum', '_sum'],
]

/** What the end of a name says. */
export const partOf = (name: string): NamePart =>
  suffixes.find(([, suffix]) => name.endsWith(suffix))?.[0] ?? 'plain'

const isCumulative = (part: NamePart, type: number): boolean =>
  (type === metricTypes.histogram && part !== 'plain' && part !== 'total') ||
  (type === metricTypes.summary && (part === 'count' || part === 'sum'))

/** The kind of a sample in a family of this type. */
export const kindOf = (part: NamePart, type: number): 'gauge' | 'counter' =>
  type === metricTypes.counter || isCumulative(part, type) ? 'counter' : 'gauge'

/** What senders have said of metrics, in requests of their own (1.0). */
export interface MetricTypes {
  /** Raised where a family becomes of another type, so that what was derived of it can be remembered. */
  readonly version: number
  learn(family: string, type: number): void
  /** The kind of the samples of a name. */
  kindOf(name: string, part: NamePart, hasBound: boolean): 'gauge' | 'counter'
}

/** What an entry takes beside its name, bytes. */
const bytesPerEntry = 150

/** Memory: so many bytes of names; beyond that, who came first goes first. */
export function createMetricTypes(maxBytes: number): MetricTypes {
  const types = new Map<string, number>()
  let bytes = 0
  let version = 0
  const sizeOf = (family: string): number => bytesPerEntry + 2 * family.length
  return {
    get version() {
      return version
    },
    learn(family, type) {
      const known = types.get(family)
      if (known === type || sizeOf(family) > maxBytes) return
      if (known === undefined) bytes += sizeOf(family)
      types.set(family, type)
      for (const first of types.keys()) {
        if (bytes <= maxBytes) break
        types.delete(first)
        bytes -= sizeOf(first)
      }
      version += 1
    },
    kindOf(name, part, hasBound) {
      const own = types.get(name) ?? metricTypes.unknown
      if (own !== metricTypes.unknown) return kindOf('plain', own)
      const suffix = suffixes.find(([one]) => one === part)?.[1].length ?? 0
      const family = suffix === 0 ? metricTypes.unknown : (types.get(name.slice(0, -suffix)) ?? 0)
      if (part !== 'total' && family >= metricTypes.histogram && family <= metricTypes.summary)
        return kindOf(part, family)
      // OpenMetrics wants each counter to end so, and nothing else; a family of OpenMetrics lacks it.
      return part === 'total' || (part === 'bucket' && hasBound) ? 'counter' : 'gauge'
    },
  }
}
