import { codeOf } from '../errors.ts'

/** Where a command prints to. */
export interface Terminal {
  /** A line, or several, for whoever asked; resolves when the reader keeps up. */
  out(text: string): Promise<void>
  /** A line for the person who watches. */
  err(text: string): void
  /** Replaces the last line of progress; an empty text removes it. */
  status(text: string): void
  /** Whether colours may be used. */
  readonly colour: boolean
  /** Whether somebody watches the progress. */
  readonly watched: boolean
}

/** The command was used in a wrong way, or cannot run here; the message says why. */
export class WrongUse extends Error {
  /** `'WrongUse'`. */
  override readonly name = 'WrongUse'
}

/** Fine, damage found, wrong use. */
export const exitCodes = { fine: 0, damage: 1, wrongUse: 2 } as const

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const colour = stdout.isTTY && process.env['NO_COLOR'] === undefined
  stdout.on('error', (error: Error) => {
    // Whoever reads has gone, as `head` does: there is nobody left to tell.
    if (codeOf(error) === 'EPIPE') process.exit(exitCodes.fine)
    stderr.write(`the output cannot be written: ${error.message}\n`)
    process.exit(exitCodes.wrongUse)
  })
  return {
    out: async (text) => {
      if (stdout.write(`${text}\n`)) return
      await new Promise((resolve) => stdout.once('drain', resolve))
    },
    err: (text) => void stderr.write(`${text}\n`),
    status: (text) => void stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : text && `${text}\n`),
    colour,
    watched: stderr.isTTY,
  }
}

/** Names come from a disk and may hold what a terminal would obey. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })

const codes = { bad: 31, good: 32, faint: 2 } as const

/** Colours a text where the terminal has colours. */
export const paint = ({ colour }: Pick<Terminal, 'colour'>, how: keyof typeof codes, text: string): string =>
  colour ? `\u001b[${codes[how]}m${text}\u001b[0m` : text

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

const firstAfterMs = 1000

const everyMs = 200

/** How far long work is. */
export interface Progress {
  /** So many more bytes and records are done. */
  add(bytes: number, records: number): void
  /** Removes the line. */
  done(): void
}

/** A line on stderr once the work has taken a second, where somebody watches or asked for it. */
export function createProgress(
  terminal: Terminal,
  options: { readonly what: string; readonly totalBytes: number; readonly wanted: boolean },
  now: () => number = () => performance.now(),
): Progress {
  const { what, totalBytes, wanted } = options
  const startedAt = now()
  let doneBytes = 0
  let doneRecords = 0
  let nextAt = startedAt + firstAfterMs
  let shown = false

  const show = (time: number): void => {
    const share = totalBytes === 0 ? 100 : Math.min(100, Math.floor((100 * doneBytes) / totalBytes))
    const perSecond = Math.round((1000 * doneRecords) / Math.max(1, time - startedAt))
    const bytes = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`
    terminal.status(`${what}: ${bytes} (${share} %), ${count(doneRecords, 'record')}, ${perSecond} records/s`)
    shown = true
  }
  return {
    add: (bytes, records) => {
      doneBytes += bytes
      doneRecords += records
      if (!wanted && !terminal.watched) return
      const time = now()
      if (time < nextAt) return
      nextAt = time + everyMs
      show(time)
    },
    done: () => {
      if (shown) terminal.status('')
    },
  }
}
