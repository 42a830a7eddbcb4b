import type { Batch, Gap } from '../../src/index.ts'
import type { Delivery, Violation } from '../../src/torture/oracle.ts'
import { checkCursor, checkReader } from '../../src/torture/oracle.ts'

interface Promised {
  readonly value: string
  durable: boolean
}

/** What a journal has promised in all its lives, to be compared with what it gives. */
export interface Promises {
  readonly violations: Violation[]
  /** This was handed to it. */
  attempt(value: string): void
  /** This was acknowledged; with `durable` no power cut excuses its loss. */
  acknowledge(seq: number, value: string, durable: boolean): void
  /** These survive a power cut from now on. */
  settle(seqs: Iterable<number>): void
  /** Every subscriber is beyond this: it may go. */
  release(seq: number): void
  /** The disk has destroyed these. */
  excuse(fromSeq: number, count: number): void
  /** The power was cut. */
  powerCut(): void
  /** A subscriber that began behind this position got these. */
  delivered(afterSeq: number, deliveries: readonly Delivery[]): void
  /** A new life: what a reader from the oldest record on gets. Everything that it got is durable. */
  audited(firstSeq: number, headSeq: number, deliveries: readonly Delivery[]): void
  /** A subscriber is here from now on, durably. */
  subscribed(name: string, ackedSeq: number): void
  /** Nobody can say whether it is here. */
  doubt(name: string): void
  removed(name: string): void
  /** It is going to be put there. */
  moving(name: string, seq: number): void
  /** It is going to be put there, which may be back. */
  seeking(name: string, seq: number): void
  /** A new life: where the subscribers are. */
  reopened(firstSeq: number, positions: ReadonlyMap<string, number>): void
  /** A promise that is none of records or positions. */
  expect(holds: boolean, invariant: string, message: string): void
}

/** What came in one batch. */
export const deliveriesOf = ({ gaps, firstSeq, values }: Batch<string>): readonly Delivery[] => [
  ...gaps,
  ...values.map((value, index) => ({ seq: firstSeq + index, value })),
]

/** `allowedGaps`: for which reasons acknowledged records may be missing. */
export function createPromises(allowedGaps: ReadonlySet<Gap['reason']>): Promises {
  const violations: Violation[] = []
  const attempted = new Set<string>()
  const acked = new Map<number, Promised>()
  const seen = new Map<number, string>()
  const cursors = new Map<string, { before: number; announced: number[] }>()
  let wasCut = false
  let releasedSeq = 0
  const isAttempted = (value: string): boolean => attempted.has(value)

  return {
    violations,
    attempt: (value) => void attempted.add(value),
    acknowledge: (seq, value, durable) => {
      const before = acked.get(seq)
      if (before !== undefined && before.value !== value) {
        violations.push({ invariant: 'I1', message: `number ${seq} was given twice` })
      }
      acked.set(seq, { value, durable })
    },
    settle: (seqs) => {
      for (const seq of seqs) {
        const known = acked.get(seq)
        if (known !== undefined) known.durable = true
      }
    },
    release: (released) => {
      releasedSeq = Math.max(releasedSeq, released)
      for (const map of [acked, seen]) for (const seq of map.keys()) if (seq <= releasedSeq) map.delete(seq)
    },
    excuse: (fromSeq, count) => {
      for (let seq = fromSeq; seq < fromSeq + count; seq += 1) {
        acked.delete(seq)
        seen.delete(seq)
      }
    },
    powerCut: () => {
      wasCut = true
      for (const [seq, { durable }] of acked) if (!durable) acked.delete(seq)
    },
    delivered: (afterSeq, deliveries) => {
      const last = deliveries.at(-1)
      if (last === undefined) return
      const headSeq = 'seq' in last ? last.seq : last.toSeq
      const upTo = new Map([...seen].filter(([seq]) => seq <= headSeq))
      violations.push(
        ...checkReader({
          ...{ afterSeq, headSeq, acked: valuesOf(acked, headSeq), seen: upTo },
          ...{ attempted: isAttempted, delivered: deliveries, allowedGaps },
        }),
      )
      for (const one of deliveries) if ('seq' in one && one.seq > releasedSeq) seen.set(one.seq, one.value)
    },
    audited: (firstSeq, headSeq, delivered) => {
      const afterSeq = firstSeq - 1
      const promised = valuesOf(acked, Infinity)
      violations.push(
        ...checkReader({
          ...{ afterSeq, headSeq, acked: promised, seen, attempted: isAttempted, delivered, allowedGaps },
        }),
      )
      acked.clear()
      for (const one of delivered) {
        if (!('seq' in one) || one.seq <= releasedSeq) continue
        acked.set(one.seq, { value: one.value, durable: true })
        seen.set(one.seq, one.value)
      }
    },
    subscribed: (name, ackedSeq) => {
      if (!cursors.has(name)) cursors.set(name, { before: ackedSeq, announced: [] })
    },
    doubt: (name) => void cursors.delete(name),
    removed: (name) => void cursors.delete(name),
    moving: (name, seq) => void cursors.get(name)?.announced.push(seq),
    seeking: (name, seq) => {
      const known = cursors.get(name)
      if (known === undefined) return
      known.announced.push(known.before, seq)
      known.before = Math.min(known.before, seq)
    },
    reopened: (firstSeq, positions) => {
      for (const [name, known] of cursors) {
        const after = positions.get(name)
        violations.push(...checkCursor({ name, ...known, after, firstSeq: 0 }))
        if (after === undefined || allowedGaps.has('evicted')) continue
        // What had not become durable may be missing at the beginning.
        const removed = [...acked.keys(), ...seen.keys()].find((seq) => seq > after && seq < firstSeq)
        if (removed === undefined) continue
        violations.push({ invariant: 'I5', message: `${removed} is removed, and "${name}" is at ${after}` })
      }
      for (const name of cursors.keys()) if (!positions.has(name)) cursors.delete(name)
      for (const [name, seq] of positions) {
        const known = cursors.get(name)
        // What is only in a cache after a kill may still be lost: the position, and a name that nobody was promised.
        if (wasCut) cursors.set(name, { before: seq, announced: [] })
        else known?.announced.push(seq)
      }
      wasCut = false
    },
    expect: (holds, invariant, message) => {
      if (!holds) violations.push({ invariant: invariant as Violation['invariant'], message })
    },
  }
}

const valuesOf = (promised: ReadonlyMap<number, Promised>, headSeq: number): ReadonlyMap<number, string> =>
  new Map([...promised].filter(([seq]) => seq <= headSeq).map(([seq, { value }]) => [seq, value]))
