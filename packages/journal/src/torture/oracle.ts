// Knows nothing of files or processes: what was promised goes in, and what a reader got, and out comes what was broken.

/** Which promise is broken, by the names of the guarantees: see {@link checkReader} and {@link checkCursor}. */
type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7'

/** One broken promise. */
export interface Violation {
  readonly invariant: Invariant
  readonly message: string
}

/** What a reader got, in the order in which it came. */
export type Delivery =
  | { readonly seq: number; readonly value: string }
  | { readonly fromSeq: number; readonly toSeq: number; readonly reason: string }

/** What was promised about a journal, and what a reader of it got. */
export interface ReaderCheck {
  /** The reader began behind this sequence number. */
  readonly afterSeq: number
  /** The journal's newest sequence number: the reader must get this far. */
  readonly headSeq: number
  /** Records whose loss nothing excuses: acknowledged as durable before a power cut, or at all before a kill. */
  readonly acked: ReadonlyMap<number, string>
  /** Records that a subscriber got at an earlier time. */
  readonly seen?: ReadonlyMap<number, string>
  /** Whether this was ever handed to the journal. */
  readonly attempted: (value: string) => boolean
  readonly delivered: Iterable<Delivery>
  /** Reasons of gaps that a policy allows, such as `'evicted'`. @defaultValue none */
  readonly allowedGaps?: ReadonlySet<string>
}

/** What was promised about the position of a subscriber, and where it is after reopening. */
export interface CursorCheck {
  readonly name: string
  /** Where it was when the journal was opened the last time. */
  readonly before: number
  /** Everything that was acknowledged since, done or under way. */
  readonly announced: readonly number[]
  /** `undefined` where the subscriber is gone. */
  readonly after: number | undefined
  /** Oldest sequence number that the journal still has. */
  readonly firstSeq: number
}

/**
 * I1: what was acknowledged is there, byte for byte. I2: what was delivered once is delivered again unchanged. I3: in order, each
 * number exactly once, as a record or in a gap. I4: nothing that was not appended, and nothing twice.
 */
export function checkReader(check: ReaderCheck): readonly Violation[] {
  const { afterSeq, headSeq, acked, seen = new Map<number, string>(), attempted } = check
  const violations: Violation[] = []
  const broken = (invariant: Invariant, message: string): void => void violations.push({ invariant, message })
  const values = new Map<string, number>()
  const excused: { readonly fromSeq: number; readonly toSeq: number }[] = []
  const got = new Map<number, string>()
  let expected = afterSeq + 1
  let lastGap: { readonly reason: string } | undefined

  for (const delivery of check.delivered) {
    const from = 'seq' in delivery ? delivery.seq : delivery.fromSeq
    const to = 'seq' in delivery ? delivery.seq : delivery.toSeq
    if (from !== expected || to < from) broken('I3', `${from} to ${to} came where ${expected} was due`)
    expected = Math.max(expected, to + 1)
    if (!('seq' in delivery)) {
      if (lastGap?.reason === delivery.reason) broken('I3', `the gap at ${from} goes on the one before it`)
      lastGap = delivery
      if (check.allowedGaps?.has(delivery.reason) === true) excused.push(delivery)
      continue
    }
    lastGap = undefined
    const { seq, value } = delivery
    const earlier = values.get(value)
    values.set(value, seq)
    got.set(seq, value)
    if (earlier !== undefined && earlier !== seq) broken('I4', `record ${seq} is record ${earlier} once more`)
    if (!attempted(value)) broken('I4', `record ${seq} was never appended: ${excerpt(value)}`)
  }
  if (expected !== headSeq + 1)
    broken('I3', `the reader got to ${expected - 1} and the journal to ${headSeq}`)

  const owed = (invariant: 'I1' | 'I2', promised: ReadonlyMap<number, string>, what: string): void => {
    for (const [seq, value] of promised) {
      if (seq <= afterSeq || excused.some(({ fromSeq, toSeq }) => fromSeq <= seq && seq <= toSeq)) continue
      const found = got.get(seq)
      if (found === value) continue
      const now = found === undefined ? 'is lost' : `is now ${excerpt(found)}`
      broken(invariant, `record ${seq}, ${what} as ${excerpt(value)}, ${now}`)
    }
  }
  owed('I1', acked, 'acknowledged')
  owed('I2', seen, 'delivered before')
  return violations
}

/**
 * I5: nothing is removed that a subscriber has not acknowledged. I6: a position never moves backwards, and never to where
 * nobody put it.
 */
export function checkCursor(check: CursorCheck): readonly Violation[] {
  const { name, before, announced, after, firstSeq } = check
  const violations: Violation[] = []
  const broken = (invariant: Invariant, message: string): void => void violations.push({ invariant, message })
  if (after === undefined) {
    broken('I6', `subscriber "${name}" is gone; it was at ${before}`)
    return violations
  }
  if (after < before) broken('I6', `subscriber "${name}" went back from ${before} to ${after}`)
  else if (after !== before && !announced.includes(after)) {
    broken('I6', `subscriber "${name}" is at ${after}, where nothing was acknowledged since ${before}`)
  }
  if (firstSeq > after + 1) {
    broken('I5', `subscriber "${name}" is at ${after}, and records up to ${firstSeq - 1} are removed`)
  }
  return violations
}

/** I7: a disk that did what it may is not called damaged. */
export function checkGaps(delivered: Iterable<Delivery>): readonly Violation[] {
  const violations: Violation[] = []
  for (const delivery of delivered) {
    if ('seq' in delivery || !alarms.has(delivery.reason)) continue
    const { fromSeq, toSeq, reason } = delivery
    violations.push({ invariant: 'I7', message: `records ${fromSeq} to ${toSeq} are called ${reason}` })
  }
  return violations
}

/** Reasons that neither a kill nor a power cut gives. */
const alarms: ReadonlySet<string> = new Set(['corrupt', 'missing-segment'])

const excerpt = (value: string): string =>
  JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
