import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricMetadata } from '../metric-metadata.ts'
import { escapedHelp, familyText } from './names.ts'

/** What is said of a family in front of its samples. */
export function metadataText({ name, type, help, unit }: MetricMetadata, format: ExpositionFormat): string {
  const family = familyText(name)
  const isStrict = format === 'openmetrics'
  const lines = [`# TYPE ${family} ${type === 'unknown' && !isStrict ? 'untyped' : type}\n`]
  if (help !== undefined) lines.unshift(`# HELP ${family} ${escapedHelp(help, isStrict)}\n`)
  const hasUnit = unit !== undefined && unit !== '' && type !== 'info' && type !== 'stateset'
  if (isStrict && hasUnit && name.endsWith(`_${unit}`)) lines.push(`# UNIT ${family} ${unit}\n`)
  return lines.join('')
}
