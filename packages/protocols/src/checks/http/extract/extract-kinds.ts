import { csv } from './csv.ts'
import type { Extractor } from './extractor.ts'
import { json } from './json.ts'
import { keyValues } from './key-values.ts'
import { promtext } from './promtext.ts'

/** What a body is: JSON, comma separated values, lines of `name: value`, or what Prometheus scrapes. */
export type ExtractKind = 'json' | 'csv' | 'key-values' | 'promtext'

/** Extractors as options of plain data name them, without options of their own. */
export const extractKinds: Readonly<Record<ExtractKind, () => Extractor>> = {
  json,
  csv,
  'key-values': keyValues,
  promtext,
}
