import type { Sample } from '@tocsin/core'

import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricMetadata, MetricType } from '../metric-metadata.ts'
import { numberOfLabel } from '../parser/metric-value.ts'
import { faultOfValue } from '../parser/rules/openmetrics-rules.ts'
import { ownLabel, roleIn, rolesOf, type SampleRole } from '../parser/sample-role.ts'
import { bucketsOf } from './bin-bounds.ts'
import { metadataText } from './metadata-text.ts'
import { headerText, labelTexts, totalFamily, underscored, type NameStyle } from './names.ts'
import { secondsText, valueText } from './numbers.ts'

/** The samples of an exposition, each at its place. */
export interface Places {
  /** Takes a sample; gives how many are left out: this one, or one that it takes the place of. */
  put(sample: Sample): 0 | 1
  text(): string
}

interface Row {
  readonly time: number
  readonly text: string
}

interface Family extends MetricMetadata {
  /** Rows that belong together, by what they have in common; without times the rows of each series in place of those before. */
  readonly groups: Map<string, Map<string, Row[]>>
}

interface Place {
  readonly family: string
  readonly type: MetricType
  readonly role: SampleRole
}

const suffixes = ['', '_total', '_bucket', '_count', '_sum', '_created', '_info', '_gcount', '_gsum']
const bucket: SampleRole = { suffix: '_bucket', part: 'bucket', kind: 'counter' }

/** No places are taken yet. */
export function createPlaces(
  format: ExpositionFormat,
  {
    metadata,
    times,
    names,
  }: { readonly metadata: readonly MetricMetadata[]; readonly times: boolean; readonly names: NameStyle },
): Places {
  const isStrict = format === 'openmetrics'
  const styled = (name: string): string => (names === 'underscored' ? underscored(name) : name)
  const known = new Map(metadata.map((one) => [styled(one.name), one]))
  const families = new Map<string, Family>()
  const taken = new Set<string>()

  function placeOf(metric: string, kind: 'gauge' | 'counter'): Place {
    for (const suffix of suffixes) {
      const family = metric.slice(0, metric.length - suffix.length)
      const type = metric.endsWith(suffix) ? known.get(family)?.type : undefined
      const role = type && roleIn(format, type, family, metric)
      if (type !== undefined && role?.kind === kind) return { family, type, role }
    }
    const isTotal = isStrict && kind === 'counter'
    const family = isTotal ? totalFamily(metric) : metric
    return { family, type: kind, role: { suffix: isTotal ? '_total' : '', part: 'value', kind } }
  }

  function familyOf({ family: name, type }: Place, metric: string): Family | undefined {
    const there = families.get(name)
    if (there !== undefined) return there.type === type ? there : undefined
    const own = new Set([name, ...rolesOf(format, type).map(({ suffix }) => `${name}${suffix}`)])
    if (isStrict && [...own].some((one) => taken.has(one))) return undefined
    for (const one of own) taken.add(one)
    const { help, unit } = known.get(name) ?? known.get(metric) ?? {}
    const family: Family = {
      name,
      type,
      groups: new Map(),
      ...(help !== undefined && { help }),
      ...(unit !== undefined && { unit }),
    }
    families.set(name, family)
    return family
  }

  const timeText = (time: number): string => {
    if (!times) return ''
    return isStrict ? ` ${secondsText(time)}` : ` ${Math.round(time)}`
  }

  /** Puts the rows of one sample behind those of its series, or in their place. */
  function keep(family: Family, group: string, identity: string, rows: readonly Row[]): 0 | 1 {
    let series = family.groups.get(group)
    if (series === undefined) family.groups.set(group, (series = new Map<string, Row[]>()))
    const before = series.get(identity)
    if (before === undefined) series.set(identity, [...rows])
    else if (times) before.push(...rows)
    else if ((before[0]?.time ?? 0) <= (rows[0]?.time ?? 0)) series.set(identity, [...rows])
    return before === undefined || times ? 0 : 1
  }

  function putNumber(sample: Sample<Sample['series'], 'gauge' | 'counter'>): 0 | 1 {
    const { series, kind, value, time, exact } = sample
    const metric = styled(series.metric)
    const place = placeOf(metric, kind)
    const own = ownLabel(place.type, place.family)
    const labels = labelTexts(series.tags, names)
    const told = own === undefined ? undefined : series.tags[own]
    const ownNumber = told === undefined ? Number.NaN : numberOfLabel(told)
    if (
      labels === undefined ||
      (isStrict && faultOfValue({ role: place.role, own: told, ownNumber }, value) !== undefined)
    )
      return 1
    const family = familyOf(place, metric)
    if (family === undefined) return 1
    const header = headerText(`${place.family}${place.role.suffix}`, labels)
    const others = own === undefined ? labels : labels.filter((one) => !one.startsWith(`${own}=`))
    const group = place.type === 'info' ? '' : others.toSorted().join()
    return keep(family, group, header, [
      { time, text: `${header} ${valueText(value, exact)}${timeText(time)}\n` },
    ])
  }

  function putHistogram({ series, value, time }: Sample<Sample['series'], 'histogram'>): 0 | 1 {
    const metric = styled(series.metric)
    const labels = labelTexts(series.tags, names, ['le'])
    const family = labels && familyOf({ family: metric, type: 'histogram', role: bucket }, metric)
    if (labels === undefined || family === undefined) return 1
    const buckets = bucketsOf(value)
    const rows = buckets.map(([bound, count]): Row => {
      const header = headerText(`${metric}_bucket`, [...labels, `le="${bound}"`])
      return { time, text: `${header} ${count}${timeText(time)}\n` }
    })
    const total = buckets.at(-1)?.[1] ?? 0
    if (!isStrict)
      rows.push({ time, text: `${headerText(`${metric}_count`, labels)} ${total}${timeText(time)}\n` })
    return keep(family, labels.toSorted().join(), '', rows)
  }

  return {
    put(sample) {
      switch (sample.kind) {
        case 'gauge':
        case 'counter':
          return putNumber(sample)
        case 'state':
          return typeof sample.value === 'number'
            ? putNumber({ ...sample, value: sample.value, kind: 'gauge' })
            : 1
        case 'histogram':
          return putHistogram(sample)
        case 'delta':
        case 'observation':
        case 'set':
        case 'stale':
        case 'text':
          return 1
      }
    },
    text() {
      const parts: string[] = []
      for (const family of families.values()) {
        parts.push(metadataText(family, format))
        for (const group of family.groups.values()) {
          const rows = [...group.values()].flat()
          for (const { text } of rows.toSorted((one, other) => one.time - other.time)) parts.push(text)
        }
      }
      if (isStrict) parts.push('# EOF\n')
      return parts.join('')
    },
  }
}
