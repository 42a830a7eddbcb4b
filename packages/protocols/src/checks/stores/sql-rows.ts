import type { Tags } from '@tocsin/core'

import type { Findings } from '../findings.ts'

/** A row of an answer: values by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>

/** What becomes of rows. */
export interface SqlRowsOptions {
  readonly labels: readonly string[] | undefined
  readonly counters: readonly string[]
  readonly maxRows: number
}

/** What came of rows. */
export interface MeasuredRows {
  /** Values that were taken. */
  readonly values: number
  /** Rows beyond the most, and those that are called as another before them. */
  readonly leftOut: number
}

/** The rows in an answer, in the form of any known driver; `undefined` where there are none to be seen. */
export function rowsOf(answer: unknown): readonly SqlRow[] | undefined {
  // As mysql2 gives them: rows, and what is known of the columns.
  const plain: unknown = Array.isArray(answer) && Array.isArray(answer[0]) ? answer[0] : answer
  const rows = Array.isArray(plain) ? plain : rowsIn(plain)
  return Array.isArray(rows) && rows.every(isRow) ? rows : undefined
}

/** As pg gives them, and mssql. */
const rowsIn = (answer: unknown): unknown => {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { rows, recordset } = answer as { readonly rows?: unknown; readonly recordset?: unknown }
  return rows ?? recordset
}

const isRow = (row: unknown): row is SqlRow => typeof row === 'object' && row !== null && !Array.isArray(row)

/** Measures rows: each column by its name, with tags by which rows are told apart. */
export function measureRows(found: Findings, rows: readonly SqlRow[], options: SqlRowsOptions): MeasuredRows {
  const counters = new Set(options.counters)
  const seen = new Set<string>()
  let values = 0
  let leftOut = Math.max(0, rows.length - options.maxRows)
  for (const row of rows.slice(0, options.maxRows)) {
    const columns = Object.keys(row)
    const labels = options.labels ?? (columns.length > 1 ? columns.slice(0, 1) : [])
    const tags: Tags = Object.fromEntries(
      labels.map((name) => [options.labels === undefined ? 'row' : name, labelOf(row[name])]),
    )
    const identity = JSON.stringify(tags)
    if (seen.has(identity)) {
      leftOut += 1
      continue
    }
    seen.add(identity)
    for (const column of columns) {
      const value = valueOf(row[column])
      if (labels.includes(column) || value === undefined) continue
      values += 1
      if (typeof value === 'string') found.text(column, value, tags)
      else if (counters.has(column)) found.counter(column, value, tags)
      else found.gauge(column, value, tags)
    }
  }
  return { values, leftOut }
}

const labelOf = (value: unknown): string => {
  const label = valueOf(value)
  return label === undefined ? 'null' : String(value instanceof Date ? value.toISOString() : label)
}

/** A value as it can be measured. Drivers give numbers that have no room in a number as a text. */
function valueOf(value: unknown): number | bigint | string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return numberOf(value) ?? value
  if (value instanceof Date) return value.getTime()
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined
  try {
    return JSON.stringify(value)
  } catch {
    // It cannot be written.
    return undefined
  }
}

/** A text that is a number; one with zeros before it is a code, such as that of a place. */
function numberOf(text: string): number | bigint | undefined {
  const [whole, , behind] = /^-?(0|[1-9]\d{0,99})((?:\.\d{1,99})?(?:e[-+]?\d{1,3})?)$/i.exec(text) ?? []
  if (whole === undefined) return undefined
  return behind === '' ? BigInt(whole) : Number(whole)
}
