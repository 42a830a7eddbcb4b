import type { JournalBatch, Gap } from '../../src/index.ts'
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
  subscribed(name: string, ackedSeq: number, isNew: boolean): void
  /** Nobody can say whether it is here. */
  doubt(name: string): void
  removed(name: string): void
  /** It is going to be put there. */
  moving(name: string, seq: number): void
  /** It is going to be put there, which may be back. */
  seeking(name: string, seq: number): void
  /** It is there, durably. */
  placed(name: string, seq: number): void
  /** A new life: where the subscribers are. */
  reopened(firstSeq: number, positions: ReadonlyMap<string, number>): void
  /** A promise that is none of records or positions. */
  expect(holds: boolean, invariant: string, message: string): void
}

/** What came in one batch. */
export const deliveriesOf = ({
  gaps,
  position: { firstSeq },
  values,
}: JournalBatch<string>): readonly Delivery[] => [
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
  /** Everywhere that a subscriber of that name may have been put. */
  const positions = new Map<string, Set<number>>()
  const announce = (name: string, seq: number): void => {
    cursors.get(name)?.announced.push(seq)
    positions.set(name, (positions.get(name) ?? new Set()).add(seq))
  }
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
    subscribed: (name, ackedSeq, isNew) => {
      if (cursors.has(name)) return
      const announced = isNew ? [] : [...(positions.get(name) ?? []), ackedSeq]
      cursors.set(name, { before: Math.min(ackedSeq, ...announced), announced })
      positions.set(name, new Set(announced))
    },
    doubt: (name) => void cursors.delete(name),
    removed: (name) => void cursors.delete(name),
    moving: announce,
    seeking: (name, seq) => {
      announce(name, seq)
      const known = cursors.get(name)
      if (known === undefined) return
      known.announced.push(known.before)
      known.before = Math.min(known.before, seq)
    },
    placed: (name, seq) => {
      const known = cursors.get(name)
      if (known !== undefined) known.before = seq
    },
    reopened: (firstSeq, found) => {
      for (const [name, known] of cursors) {
        const after = found.get(name)
        violations.push(...checkCursor({ name, ...known, after, firstSeq: 0 }))
        if (after === undefined || allowedGaps.has('evicted')) continue
        // What had not become durable may be missing at the beginning.
        const removed = [...acked.keys(), ...seen.keys()].find((seq) => seq > after && seq < firstSeq)
        if (removed === undefined) continue
        violations.push({ invariant: 'I5', message: `${removed} is removed, and "${name}" is at ${after}` })
      }
      for (const name of cursors.keys()) if (!found.has(name)) cursors.delete(name)
      // A slot that is written over may be torn: then the one before it counts, and that is one of these too.
      for (const [name, seq] of found) announce(name, seq)
    },
    expect: (holds, invariant, message) => {
      if (!holds) violations.push({ invariant: invariant as Violation['invariant'], message })
    },
  }
}

const valuesOf = (promised: ReadonlyMap<number, Promised>, headSeq: number): ReadonlyMap<number, string> =>
  new Map([...promised].filter(([seq]) => seq <= headSeq).map(([seq, { value }]) => [seq, value]))
