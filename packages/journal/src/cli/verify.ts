import { basename } from 'node:path'

import { codeOf } from '../errors.ts'
import type { Fence } from '../format/segment-header.ts'
import type { Gap } from '../reading-types.ts'
import { findSegment } from '../segments/segment-scan.ts'
import type { CheckedSegment, FoundDamage, SegmentCheck } from './check-segment.ts'
import { checkSegment } from './check-segment.ts'
import type { ReadJournal, ReadSegment } from './read-journal.ts'
import { readJournal } from './read-journal.ts'
import { describeOwner, lockOwner } from './stored-cursors.ts'
import type { Terminal } from './terminal.ts'
import {
  columns,
  count,
  createProgress,
  exitCodes,
  formatBytes,
  paint,
  printable,
  range,
} from './terminal.ts'

/** One thing that is not as it was written. */
interface Damage {
  readonly kind: FoundDamage['kind'] | 'segment' | 'missing-segment' | 'cursor' | 'identity'
  readonly file: string | null
  readonly start: number | null
  readonly end: number | null
  readonly fromSeq: number | null
  readonly toSeq: number | null
  /** Records that cannot be delivered any more. */
  readonly records: number
  /** Subscribers that get a gap for it. */
  readonly concerns: readonly string[]
}

/** What `verify --json` prints. */
interface Verification {
  readonly directory: string
  readonly id: string
  readonly segments: number
  readonly frames: number
  readonly records: number
  readonly bytes: number
  readonly damage: readonly Damage[]
  /** A write at the end that was cut off, or is under way; nothing acknowledged is in it. */
  readonly tornTail: { readonly file: string; readonly start: number; readonly bytes: number } | null
  readonly notes: readonly string[]
}

/** Reads every frame of every segment and prints what is wrong. */
export async function verify(
  directory: string,
  options: { readonly json: boolean; readonly progress: boolean },
  terminal: Terminal,
): Promise<number> {
  const verification = await verificationOf(directory, options.progress, terminal)
  const { damage } = verification
  await terminal.out(
    options.json ? JSON.stringify(verification, undefined, 2) : verificationText(verification, terminal),
  )
  return damage.length > 0 ? exitCodes.damage : exitCodes.fine
}

async function verificationOf(directory: string, wanted: boolean, terminal: Terminal): Promise<Verification> {
  const journal = await readJournal(directory)
  const damage = [...damageAround(journal)]
  const notes = [...journal.notes]
  const totals = { segments: 0, frames: 0, records: 0, bytes: 0 }
  const totalBytes = journal.segments.reduce((sum, { kept }) => sum + kept.bytes, 0)
  const progress = createProgress(terminal, { what: 'verify', totalBytes, wanted })
  const acked = journal.cursors.map(({ ackedSeq }) => ackedSeq ?? 0)
  const vouchedSeq = Math.max(journal.tail?.certSeq ?? 0, ...acked)
  for (const { segment, fence, counts } of fencedSegments(journal.segments)) {
    const file = basename(segment.found.path)
    if (!counts) {
      notes.push(`${file} was begun by a writer that had lost the folder; nothing in it counts`)
      continue
    }
    const newest = segment === journal.segments.at(-1)
    const check = {
      fileSystem: journal.fileSystem,
      journalId: journal.id,
      progress,
      fence,
      newest,
      vouchedSeq,
    }
    const checked = await checkOf(segment, check)
    if (checked === undefined) {
      notes.push(`${file} was removed while it was read`)
      continue
    }
    totals.segments += 1
    totals.frames += checked.frames
    totals.records += checked.records
    totals.bytes += checked.soundBytes
    for (const gap of checked.lost) notes.push(neverDurable(gap))
    for (const found of checked.damage) damage.push({ ...located(found, journal), file })
  }
  progress.done()
  const owner = await lockOwner(directory)
  if (owner !== undefined && owner.state !== 'ended') {
    notes.push(`open in ${describeOwner(owner)}: what was written meanwhile is not all read`)
  }
  for (const gap of journal.missing) {
    if (gap.reason === 'evicted')
      notes.push(`records ${range(gap.fromSeq, gap.toSeq)} were removed to make room`)
    if (gap.reason === 'lost') notes.push(neverDurable(gap))
  }
  return { directory, id: journal.id, ...totals, damage, tornTail: tornTail(journal), notes }
}

const neverDurable = ({ fromSeq, toSeq }: Pick<Gap, 'fromSeq' | 'toSeq'>): string =>
  `records ${range(fromSeq, toSeq)} were given numbers and never became durable`

/** What is wrong outside of segments that can be read. */
function* damageAround(journal: ReadJournal): Generator<Damage> {
  const none = { start: null, end: null, fromSeq: null, toSeq: null, records: 0, concerns: [] }
  if (journal.codec === undefined) yield { kind: 'identity', file: 'journal.json', ...none }
  for (const { name, problem } of journal.cursors) {
    if (problem !== undefined) yield { kind: 'cursor', file: null, ...none, concerns: [name] }
  }
  for (const { path, bytes } of journal.dead) {
    yield { kind: 'segment', file: basename(path), ...none, start: 0, end: bytes }
  }
  for (const { fromSeq, toSeq, reason } of journal.missing) {
    if (reason !== 'missing-segment') continue
    const records = toSeq - fromSeq + 1
    const concerns = concernedBy(toSeq, journal)
    yield { kind: 'missing-segment', file: null, start: null, end: null, fromSeq, toSeq, records, concerns }
  }
}

/** Each with what the next one says about its end; one that no fence leads to does not count. */
function fencedSegments(
  segments: readonly ReadSegment[],
): readonly { segment: ReadSegment; fence: Fence | undefined; counts: boolean }[] {
  let next: ReadSegment | undefined
  return segments
    .toReversed()
    .map((segment) => {
      const fence = next?.found.header?.fence
      const counts = fence === undefined || fence.segment >= segment.found.segment
      if (counts) next = segment
      return { segment, fence: fence?.segment === segment.found.segment ? fence : undefined, counts }
    })
    .reverse()
}

/** `undefined` where a writer removed it, or took the file for something else, while it was read. */
async function checkOf(segment: ReadSegment, check: SegmentCheck): Promise<CheckedSegment | undefined> {
  const { path, segment: number, header } = segment.found
  try {
    const checked = await checkSegment(segment, check)
    if (checked.damage.length === 0) return checked
    const again = await findSegment(check.fileSystem, path, number)
    return again?.header?.chain === header?.chain && again !== undefined ? checked : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function located(
  { kind, start, end, fromSeq, toSeq }: FoundDamage,
  journal: ReadJournal,
): Omit<Damage, 'file'> {
  if (toSeq < fromSeq) return { kind, start, end, fromSeq: null, toSeq: null, records: 0, concerns: [] }
  const records = toSeq - fromSeq + 1
  return { kind, start, end, fromSeq, toSeq, records, concerns: concernedBy(toSeq, journal) }
}

/** A cursor that cannot be read starts again at the oldest record. */
const concernedBy = (toSeq: number, { cursors, kept }: ReadJournal): readonly string[] =>
  cursors.filter(({ ackedSeq }) => (ackedSeq ?? kept.firstSeq - 1) < toSeq).map(({ name }) => name)

function tornTail({ segments, tail }: ReadJournal): Verification['tornTail'] {
  const newest = segments.at(-1)
  if (newest === undefined || tail === undefined || tail.tornBytes === 0) return null
  // What a certificate vouches for is damage.
  if (tail.certSeq > tail.readable.lastSeq) return null
  return { file: basename(newest.found.path), start: tail.readable.end, bytes: tail.tornBytes }
}

function verificationText(found: Verification, terminal: Terminal): string {
  const { segments, frames, records, bytes, damage, tornTail: torn, notes } = found
  const lines = [
    `${printable(found.directory)}: ${count(segments, 'segment')}, ${count(frames, 'frame')}, ` +
      `${count(records, 'record')}, ${formatBytes(bytes)} are sound`,
  ]
  if (torn !== null) {
    const place = `at byte ${torn.start} of ${torn.file}`
    lines.push(
      `torn tail: ${torn.bytes} bytes ${place} are a write that was cut off; nothing acknowledged is lost`,
    )
  }
  for (const note of notes) lines.push(`note: ${printable(note)}`)
  if (damage.length === 0) lines.push(paint(terminal, 'good', 'no damage'))
  else {
    const rows = damage.map((one) => [
      ...[one.kind, one.file ?? '-', one.start ?? '-', one.end ?? '-'],
      one.fromSeq === null || one.toSeq === null ? 'none' : range(one.fromSeq, one.toSeq),
      one.concerns.length === 0 ? 'nobody' : one.concerns.join(', '),
    ])
    lines.push(columns(['damage', 'file', 'from byte', 'to byte', 'records lost', 'concerns'], rows))
    const lost = damage.reduce((sum, one) => sum + one.records, 0)
    lines.push(paint(terminal, 'bad', `${count(damage.length, 'damage')}, ${count(lost, 'record')} lost`))
  }
  return lines.join('\n')
}
