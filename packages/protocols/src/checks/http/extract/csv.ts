import { optional, resolveOptions } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../../errors.ts'
import { readNumber } from '../../values/read-number.ts'
import {
  areNames,
  createExtraction,
  defaultExtractOptions,
  extractChecks,
  type ExtractOptions,
  type Extractor,
} from './extractor.ts'

/** How {@link csv} reads rows. */
export interface CsvOptions extends ExtractOptions {
  /**
   * Columns that name a row.
   * @defaultValue the first one
   */
  readonly names?: readonly string[] | undefined
  /**
   * What stands between fields, one character.
   * @defaultValue `','`
   */
  readonly separator?: string | undefined
}

const maxRows = 10_000
const maxColumns = 500

/**
 * An extractor of comma separated values whose first line, with or without `#` before it, names the columns, such as HAProxy's: of each row
 * ``name`column``, ``name`name`column`` where several columns name it. Numbers are gauges, else texts; empty fields are left out. At most
 * 10000 rows of 500 columns.
 *
 * @example
 * ```ts
 * import { csv, httpCheck } from '@tocsin/protocols/checks'
 *
 * const extract = csv({ names: ['pxname', 'svname'], only: ['status', 'scur', 'stot'], counters: ['stot'] })
 * const haproxy = httpCheck({ url: 'http://localhost:8404/;csv', extract })
 * console.log(haproxy.name) // => http:localhost:8404/_csv
 * ```
 */
export function csv(options: CsvOptions = {}): Extractor {
  const resolved = resolve(options)
  const { separator, names } = resolved
  return async ({ body }, { found, signal }) => {
    const extraction = createExtraction(found, resolved)
    const slices = new Slices()
    let columns: readonly string[] | undefined
    let naming: readonly number[] = []
    let taken: readonly (readonly [at: number, column: string])[] = []
    let rows = 0
    for (const fields of readRows(body.toString(), separator)) {
      if (columns === undefined) {
        columns = fields.map((field, at) => (at === 0 ? field.replace(/^\s*#\s*/, '') : field).trim())
        naming = namingColumns(columns, names)
        taken = takenColumns(columns, naming)
        continue
      }
      rows += 1
      if (rows > maxRows) throw new Error(`it has more than ${maxRows} rows`)
      const row = naming.map((at) => fields[at] ?? '').join('`')
      for (const [at, column] of taken) {
        const field = (fields[at] ?? '').trim()
        if (field === '') continue
        const value = readNumber(field)
        if (value === undefined) extraction.text(`${row}\`${column}`, field)
        else extraction.number(`${row}\`${column}`, value)
      }
      if (!slices.isOver) continue
      await slices.pause()
      signal.throwIfAborted()
    }
    if (columns === undefined) throw new Error('it is empty; it should begin with the names of its columns')
  }
}

type Resolved = CsvOptions & { readonly separator: string }

const resolve = (options: CsvOptions): Resolved =>
  resolveOptions<Resolved>(
    { ...defaultExtractOptions, names: undefined, separator: ',' },
    options,
    {
      ...extractChecks,
      names: optional(
        (value) =>
          areNames(value) ??
          ((value as readonly string[]).length > 0 ? undefined : 'a list of at least one name'),
      ),
      separator: (value) =>
        typeof value === 'string' && /^[^"\r\n]$/.test(value)
          ? undefined
          : 'one character that is no quote and no line end',
    },
    badOption,
  )

function namingColumns(
  columns: readonly string[],
  names: readonly string[] = columns.slice(0, 1),
): readonly number[] {
  return names.map((name) => {
    const at = columns.indexOf(name)
    if (at < 0) throw new Error(`it has no column ${name}`)
    return at
  })
}

const takenColumns = (
  columns: readonly string[],
  naming: readonly number[],
): readonly (readonly [at: number, column: string])[] =>
  [...columns.entries()].filter(([at, column]) => column !== '' && !naming.includes(at))

/** The rows of a text, with quotes as RFC 4180 has them; without those that are empty. */
function* readRows(text: string, separator: string): Generator<readonly string[]> {
  let fields: string[] = []
  let at = 0
  while (at < text.length) {
    const isQuoted = text[at] === '"'
    const end = isQuoted ? endOfQuoted(text, at) : endOfPlain(text, at, separator)
    const field = isQuoted ? text.slice(at + 1, end).replaceAll('""', '"') : text.slice(at, end)
    if (fields.length < maxColumns) fields.push(isQuoted ? field : field.replace(/\r$/, ''))
    at = isQuoted ? endOfPlain(text, end + 1, separator) : end
    const isRowEnd = at >= text.length || text[at] === '\n'
    at += 1
    if (!isRowEnd) continue
    if (fields.length > 1 || fields[0] !== '') yield fields
    fields = []
  }
  if (fields.length > 0) yield fields
}

function endOfPlain(text: string, from: number, separator: string): number {
  let at = from
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1
  return at
}

/** Where the closing quote is; two of them are one that is in the text. */
function endOfQuoted(text: string, from: number): number {
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0) return text.length
    if (text[at + 1] !== '"') return at
  }
}
