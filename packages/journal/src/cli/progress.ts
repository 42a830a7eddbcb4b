import { count, formatBytes } from './columns.ts'
import type { Terminal } from './terminal.ts'

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
