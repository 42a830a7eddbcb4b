import type { Violation } from './oracle.ts'
import { checkCursor } from './oracle.ts'
import { parseTortureRecord, tortureRecord } from './torture-record.ts'
import type { WriterLine } from './writer-process.ts'

/** Everything that the lives of a writer were promised and that is not settled yet. */
export interface Ledger {
  /** Records whose loss nothing excuses. */
  readonly acked: ReadonlyMap<number, string>
  /** Records that were delivered. */
  readonly seen: ReadonlyMap<number, string>
  /** Records that were ever acknowledged, of any durability. */
  readonly acknowledged: number
  /** Whether a life said that it would append this. */
  readonly attempted: (value: string) => boolean
  /**
   * Notes what a life told; gives what was wrong already. What it told from `cutAt` on (ms, monotonic) is no promise: a file
   * system whose power is being cut may confirm a sync that the cut made void.
   */
  addLife(life: number, lines: readonly WriterLine[], cutAt?: number): readonly Violation[]
  /** The journal was opened and the subscribers are here. */
  opened(firstSeq: number, cursors: ReadonlyMap<string, number>): readonly Violation[]
  /** Nothing up to here is asked for again. */
  settle(seq: number): void
}

/** `promised`: which acknowledgements have to outlive what is done to the writer: all, or only those that are durable. */
export function createLedger(promised: 'all' | 'durable'): Ledger {
  const acked = new Map<number, string>()
  const seen = new Map<number, string>()
  const attempts = new Map<number, number>()
  const cursors = new Map<string, { readonly before: number; readonly announced: number[] }>()
  let acknowledged = 0

  const opened = (firstSeq: number, found: ReadonlyMap<string, number>): readonly Violation[] => {
    const violations = [...cursors].flatMap(([name, known]) =>
      checkCursor({ name, ...known, after: found.get(name), firstSeq }),
    )
    for (const [name, before] of found) if (name !== 'guest') cursors.set(name, { before, announced: [] })
    return violations
  }

  return {
    acked,
    seen,
    get acknowledged() {
      return acknowledged
    },
    attempted: (value) => {
      const record = parseTortureRecord(value)
      return record !== undefined && record.serial < (attempts.get(record.life) ?? 0)
    },
    addLife: (life, lines, cutAt = Infinity) => {
      const violations: Violation[] = []
      const unsynced: (readonly [number, string])[] = []
      for (const line of lines) {
        const promises = 'acked' in line || 'flushed' in line || 'got' in line
        if (promises && (line.at ?? -Infinity) >= cutAt) continue
        if ('open' in line) {
          violations.push(...opened(line.open.firstSeq, new Map(Object.entries(line.open.cursors))))
        } else if ('upTo' in line) attempts.set(life, Math.max(attempts.get(life) ?? 0, line.upTo))
        else if ('acked' in line) {
          const [firstSeq, lastSeq, serial, durability] = line.acked
          acknowledged += lastSeq - firstSeq + 1
          for (let seq = firstSeq; seq <= lastSeq; seq += 1) {
            const record = tortureRecord(life, serial + seq - firstSeq)
            if (promised === 'all' || durability === 'commit') acked.set(seq, record)
            else unsynced.push([seq, record])
          }
        } else if ('flushed' in line) {
          for (const [seq, record] of unsynced) if (seq <= line.flushed) acked.set(seq, record)
        } else if ('got' in line) {
          const [firstSeq, ...records] = line.got
          records.forEach(([from, serial], index) => {
            // Life 0 stands for a record that was altered.
            if (from > 0) seen.set(firstSeq + index, tortureRecord(from, serial))
          })
        } else if ('altered' in line) {
          const message = `record ${line.altered} was delivered as something that was never appended`
          violations.push({ invariant: 'I4', message })
        } else if ('acking' in line) {
          const [name, seq] = line.acking
          if (!cursors.has(name)) cursors.set(name, { before: 0, announced: [] })
          cursors.get(name)?.announced.push(seq)
        }
      }
      return violations
    },
    opened,
    settle: (seq) => {
      for (const map of [acked, seen]) for (const known of map.keys()) if (known <= seq) map.delete(known)
    },
  }
}
