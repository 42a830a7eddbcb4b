import { printable } from './terminal.ts'

type Cell = string | number

/** Rows as aligned columns, two spaces apart; numbers to the right, and a heading like its column. */
export function columns(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [headings, ...rows].map((row) => row.map((cell) => printable(String(cell))))
  const widths = headings.map((_, index) => Math.max(...texts.map((row) => row[index]?.length ?? 0)))
  const right = headings.map(
    (_, index) => rows.length > 0 && rows.every((row) => typeof row[index] === 'number'),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) =>
        right[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return texts.map(line).join('\n')
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit] ?? ''}`
}

/** A time of the writer's clock, which may say anything. */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  return ms > 0 && !Number.isNaN(date.getTime()) ? date.toISOString() : '-'
}

/** `3 records`, `1 record`. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

/** `7 to 9`, `7`. */
export const range = (fromSeq: number, toSeq: number): string =>
  fromSeq === toSeq ? String(fromSeq) : `${fromSeq} to ${toSeq}`
