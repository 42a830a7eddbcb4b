import { decodeUtf8 } from '../../wire/utf8.ts'
import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricType } from '../metric-metadata.ts'
import { metricNameEnd, readMetricName, unescapeHelp } from './header-text.ts'

/** What a line that starts with `#` says. */
export type MetadataLine =
  | { readonly says: 'type'; readonly name: string; readonly type: MetricType }
  | { readonly says: 'help' | 'unit'; readonly name: string; readonly text: string }
  | { readonly says: 'end' | 'comment' }
  | { readonly says: 'nothing'; readonly message: string }

const nothing = (message: string): MetadataLine => ({ says: 'nothing', message })
const comment: MetadataLine = { says: 'comment' }
const keywordsOfOpenMetrics = 'in OpenMetrics a line that starts with # is # TYPE, # HELP, # UNIT or # EOF'

const common = ['counter', 'gauge', 'histogram', 'summary'] as const
const types: Readonly<Record<ExpositionFormat, ReadonlyMap<string, MetricType>>> = {
  prometheus: new Map<string, MetricType>([
    ...common.map((type) => [type, type] as const),
    ['untyped', 'unknown'],
  ]),
  openmetrics: new Map<string, MetricType>(
    ([...common, 'gaugehistogram', 'info', 'stateset', 'unknown'] as const).map((type) => [type, type]),
  ),
}

// Of a line that may be long only the start is read by an expression.
const starts: Readonly<Record<ExpositionFormat, RegExp>> = {
  openmetrics: /^# (TYPE|HELP|UNIT) (?! )/,
  prometheus: /^#[ \t]+(TYPE|HELP)(?:[ \t]+|$)/,
}

/** Reads a line that starts with `#`. */
export function readMetadataLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  format: ExpositionFormat,
): MetadataLine {
  const line = decodeUtf8(bytes, start, end)
  if (line === undefined) return nothing('the text is UTF-8')
  const isStrict = format === 'openmetrics'
  if (isStrict && line === '# EOF') return { says: 'end' }
  const [before = '', keyword] = starts[format].exec(line) ?? []
  if (keyword === undefined) return isStrict ? nothing(keywordsOfOpenMetrics) : comment
  const nameEnd = metricNameEnd(line, before.length, isStrict)
  const name = readMetricName(line.slice(before.length, nameEnd))
  if (name === undefined) return nothing(`behind # ${keyword} stands the name of a metric`)
  if (isStrict && nameEnd === line.length) return nothing(`behind the name of a # ${keyword} stands a text`)
  const text = isStrict ? line.slice(nameEnd + 1) : line.slice(nameEnd).replace(/^[ \t]+/, '')
  if (keyword === 'HELP') return { says: 'help', name, text: unescapeHelp(text, isStrict) }
  if (keyword === 'UNIT') return readUnit(name, text)
  const type = types[format].get(isStrict ? text : text.trimEnd())
  if (type === undefined) return nothing(`a type is one of ${[...types[format].keys()].join(', ')}`)
  return { says: 'type', name, type }
}

function readUnit(name: string, text: string): MetadataLine {
  if (text !== '' && !name.endsWith(`_${text}`))
    return nothing('a unit is the last part of the name, behind a _')
  return { says: 'unit', name, text }
}
