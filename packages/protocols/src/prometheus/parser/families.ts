import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricMetadata, MetricType } from '../metric-metadata.ts'
import type { MetadataLine } from './metadata-line.ts'
import { createOpenMetricsRules } from './rules/openmetrics-rules.ts'
import { familySuffixes, plainRole, roleIn } from './sample-role.ts'
import { bindEntry, type SeriesEntry } from './series-entry.ts'

/** The families of one exposition: which one a sample is of, and in OpenMetrics whether it may be. Faults are sentences. */
export interface Families {
  /** Takes a line of metadata. */
  metadata(line: Extract<MetadataLine, { readonly name: string }>): string | undefined
  /** Says in the entry of a sample what that is; `time` is NaN where it has none. */
  sample(entry: SeriesEntry, value: number, time: number): string | undefined
  /** No more will come. */
  end(): string | undefined
  /** What was said of the families, in the order in which they came. */
  readonly all: readonly MetricMetadata[]
}

interface Family {
  readonly name: string
  type: MetricType
  help?: string
  unit?: string
}

/** As Prometheus reads 0.0.4: what was said last of a family holds, wherever its samples stand. */
function createLooseFamilies(): Families {
  const known = new Map<string, Family>()
  let current: Family = { name: '', type: 'unknown' }
  const named = (name: string): Family => {
    let family = known.get(name)
    if (family === undefined) known.set(name, (family = { name, type: 'unknown' }))
    return family
  }
  const find = (entry: SeriesEntry, family: Family | undefined): boolean => {
    const role = family && roleIn('prometheus', family.type, family.name, entry.name)
    if (family === undefined || role === undefined) return false
    bindEntry(entry, family.name, family.type, role)
    current = family
    return true
  }
  const bind = (entry: SeriesEntry): void => {
    if (find(entry, known.get(entry.name))) return
    for (const suffix of familySuffixes) {
      if (entry.name.endsWith(suffix) && find(entry, known.get(entry.name.slice(0, -suffix.length)))) return
    }
    bindEntry(entry, entry.name, 'unknown', plainRole)
    current = { name: entry.name, type: 'unknown' }
  }
  return {
    metadata(line) {
      current = named(line.name)
      if (line.says === 'type') current.type = line.type
      else current.help = line.text
      return undefined
    },
    sample(entry) {
      if (entry.family !== current.name || entry.type !== current.type) bind(entry)
      return undefined
    },
    end: () => undefined,
    get all() {
      return [...known.values()]
    },
  }
}

/** As OpenMetrics asks: what is said of a family stands in front of its samples, once, and they stand together. */
function createStrictFamilies(): Families {
  const rules = createOpenMetricsRules()
  const all: Family[] = []
  let current: Family | undefined
  const said = new Set<MetadataLine['says']>()
  let hasSamples = false

  const begin = (name: string): string | undefined => {
    const fault = finish()
    current = { name, type: 'unknown' }
    said.clear()
    hasSamples = false
    return fault
  }
  /** The type is known once a sample comes, or another family. */
  const settle = (): string | undefined => {
    if (current === undefined || hasSamples) return undefined
    hasSamples = true
    if (said.size > 0) all.push(current)
    const { type, unit = '' } = current
    if (unit !== '' && (type === 'info' || type === 'stateset')) return 'an info and a state set have no unit'
    return rules.begin(current.name, type)
  }
  const finish = (): string | undefined => settle() ?? (current && rules.end())

  return {
    all,
    metadata(line) {
      if (current?.name !== line.name) {
        const fault = begin(line.name)
        if (fault !== undefined) return fault
      }
      if (hasSamples) return 'what is said of a family stands in front of its samples'
      if (said.has(line.says)) return 'type, help and unit of a family stand there once'
      said.add(line.says)
      const family = current as Family
      if (line.says === 'type') family.type = line.type
      else family[line.says] = line.text
      return undefined
    },
    sample(entry, value, time) {
      if (current === undefined || entry.family !== current.name || entry.type !== current.type) {
        const role = current && roleIn('openmetrics', current.type, current.name, entry.name)
        if (role === undefined) {
          const fault = begin(entry.name)
          if (fault !== undefined) return fault
        }
        const { name, type } = current as Family
        bindEntry(entry, name, type, role ?? plainRole)
      }
      const fault = hasSamples ? undefined : settle()
      return fault ?? rules.sample(entry, value, time)
    },
    end: finish,
  }
}

/** The families of an exposition of a format. */
export const createFamilies = (format: ExpositionFormat): Families =>
  format === 'openmetrics' ? createStrictFamilies() : createLooseFamilies()
