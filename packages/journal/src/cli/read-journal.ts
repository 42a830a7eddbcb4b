import { basename } from 'node:path'
import type { FileSystem } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'

import { codeOf, messageOf } from '../errors.ts'
import { decodeSegmentHeader, formatVersion, segmentHeaderBytes } from '../format/segment-header.ts'
import type { Gap } from '../reading-types.ts'
import { findJournalId, storedIdentity } from '../recover/identity.ts'
import type { PlacedSegment } from '../recover/placed-segments.ts'
import { findSegments, placeSegments, sealSegments, segmentOf } from '../recover/placed-segments.ts'
import type { FoundSegment, SegmentScan } from '../segments/segment-scan.ts'
import { scanSegment, withFile } from '../segments/segment-scan.ts'
import type { Segment, Segments } from '../segments/segments.ts'
import { createSegments } from '../segments/segments.ts'
import { readOnlyFileSystem } from './read-only-file-system.ts'
import type { StoredCursor } from './stored-cursors.ts'
import { storedCursors } from './stored-cursors.ts'
import { WrongUse } from './terminal.ts'

/** Enough for a writer that removes several segments a second. */
const maxAttempts = 20

/** A segment file, and which of its records count. */
export interface ReadSegment {
  readonly found: FoundSegment
  readonly kept: Segment
  /** Its header cannot be read, and no crash explains that. */
  readonly headerDamaged: boolean
}

/** What a folder holds, found without changing anything in it. */
export interface ReadJournal {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly id: string
  /** `undefined` where `journal.json` is lost. */
  readonly codec: string | undefined
  readonly format: number
  readonly epoch: number
  /** Oldest first. */
  readonly segments: readonly ReadSegment[]
  /** The same, as readers take them. */
  readonly kept: Segments
  /** Files without a single sound byte. */
  readonly dead: readonly FoundSegment[]
  /** What the newest segment says. */
  readonly tail: SegmentScan | undefined
  readonly cursors: readonly StoredCursor[]
  /** Records that no file holds and that a subscriber waits for. */
  readonly missing: readonly Gap[]
  /** What is there and does not belong, as sentences. */
  readonly notes: readonly string[]
}

/** Reads what there is, also while a writer has it open. */
export async function readJournal(directory: string): Promise<ReadJournal> {
  const fileSystem = readOnlyFileSystem(nodeFileSystem)
  await checkFolder(fileSystem, directory)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(fileSystem, directory)
    } catch (error) {
      // A writer removed a segment between two looks.
      if (codeOf(error) !== 'ENOENT' || attempt === maxAttempts) throw error
    }
  }
}

async function readOnce(fileSystem: FileSystem, directory: string): Promise<ReadJournal> {
  const identity = await storedIdentity(fileSystem, directory)
  const known = identity === 'damaged' ? undefined : identity
  const id = known?.id ?? (await findJournalId(fileSystem, directory))
  if (id === undefined) throw noJournal(directory, identity === 'damaged')
  const notes: string[] = []
  const input = {
    ...{ fileSystem, directory, journalId: id },
    report: ({ message }: { readonly message: string }) => void notes.push(message),
  }
  const ackedBefore = (await storedCursors(fileSystem, directory, id)).map(({ ackedSeq }) => ackedSeq ?? 0)
  const found = await findSegments(input)
  const { live, dead } = await placeSegments(found.ours, input)
  // Again, because what was removed meanwhile had been acknowledged meanwhile.
  const cursors = await storedCursors(fileSystem, directory, id)
  const acked = cursors.map(({ ackedSeq }) => ackedSeq ?? 0)
  const gaps: Gap[] = []
  const minAcked = acked.length === 0 ? 0 : Math.min(...acked)
  const { placed, tail } = await sealed(live, { ...input, minAcked }, gaps)
  const evictedSeq = Math.max(0, ...found.ours.map(({ header }) => header?.evictedSeq ?? 0))
  const unfinished = await findUnfinished(fileSystem, placed, dead, Math.max(minAcked, evictedSeq))
  for (const { path } of unfinished) {
    notes.push(`${basename(path)} was being begun or removed; nothing in it is needed`)
  }
  const segments = placed.map((segment) => ({
    ...segment,
    headerDamaged: segment.found.header === undefined && !unfinished.has(segment.found),
  }))
  const newest = segments.at(-1)?.kept
  const kept = createSegments(
    segments.map((segment) => segment.kept),
    Math.max(newest?.lastSeq ?? 0, ...ackedBefore),
    evictedSeq,
  )
  return {
    ...{ fileSystem, directory, id, codec: known?.codec, format: known?.format ?? formatVersion },
    epoch: Math.max(0, ...found.ours.map(({ header }) => header?.epoch ?? 0)),
    ...{ segments, kept, tail, cursors, notes },
    dead: dead.filter((segment) => !unfinished.has(segment)),
    missing: [...removed(kept, cursors), ...gaps, ...ahead(newest?.lastSeq ?? 0, kept)],
  }
}

/** Which records of each file count. */
async function sealed(
  live: readonly PlacedSegment[],
  input: Parameters<typeof sealSegments>[1],
  gaps: Gap[],
): Promise<{ placed: readonly Pick<ReadSegment, 'found' | 'kept'>[]; tail: SegmentScan | undefined }> {
  const newest = live.at(-1)
  if (newest === undefined) return { placed: [], tail: undefined }
  const older = await sealSegments(live, input, gaps)
  const tail = await scanSegment(input.fileSystem, newest.found, input.journalId)
  const lastSeq = Math.max(newest.baseSeq - 1, tail.readable.lastSeq, tail.certSeq)
  const all = [...older, segmentOf(newest, { ...tail.readable, lastSeq })]
  // One for each, in the same order.
  const placed = live.flatMap(({ found }, index) => {
    const kept = all[index]
    return kept === undefined ? [] : [{ found, kept }]
  })
  return { placed, tail }
}

/**
 * Files whose header is blank because a writer was killed: before it wrote the first frame, or after it had taken a segment that
 * nobody needs any more out of use.
 */
async function findUnfinished(
  fileSystem: FileSystem,
  placed: readonly Pick<ReadSegment, 'found' | 'kept'>[],
  dead: readonly FoundSegment[],
  unneededSeq: number,
): Promise<ReadonlySet<FoundSegment>> {
  const suspects = [...dead]
  for (const { found, kept } of placed) {
    const explained = kept.lastSeq <= unneededSeq || found === placed.at(-1)?.found
    if (found.header === undefined && explained) suspects.push(found)
  }
  const unfinished = new Set<FoundSegment>()
  for (const suspect of suspects) {
    const head = new Uint8Array(segmentHeaderBytes)
    try {
      await withFile(fileSystem, suspect.path, (file) => file.read(head, 0))
    } catch (error) {
      // One that is gone by now was being removed.
      if (codeOf(error) !== 'ENOENT') continue
    }
    // A sound one was written since the first look.
    const begun = decodeSegmentHeader(head) !== undefined
    if (begun || head.every((byte) => byte === 0)) unfinished.add(suspect)
  }
  return unfinished
}

/** What lies before the oldest file and somebody has not read. */
function removed(kept: Segments, cursors: readonly StoredCursor[]): readonly Gap[] {
  const gaps: Gap[] = []
  // One that cannot be read starts again at the oldest record.
  const minAcked = Math.min(...cursors.map(({ ackedSeq }) => ackedSeq ?? Infinity))
  if (minAcked === Infinity || kept.count === 0) return gaps
  const before = kept.firstSeq - 1
  const evicted = Math.min(before, kept.evictedSeq)
  if (evicted > minAcked) gaps.push({ fromSeq: minAcked + 1, toSeq: evicted, reason: 'evicted' })
  const fromSeq = Math.max(minAcked, evicted) + 1
  if (fromSeq <= before) gaps.push({ fromSeq, toSeq: before, reason: 'missing-segment' })
  return gaps
}

/** What a subscriber has acknowledged and no file holds. */
const ahead = (lastSeq: number, { lastSeq: acked }: Segments): readonly Gap[] =>
  acked > lastSeq ? [{ fromSeq: lastSeq + 1, toSeq: acked, reason: 'lost' }] : []

async function checkFolder(fileSystem: FileSystem, directory: string): Promise<void> {
  try {
    await fileSystem.list(directory)
  } catch (error) {
    const why: Readonly<Record<string, string>> = {
      ENOENT: 'is not there',
      ENOTDIR: 'is no folder',
      ELOOP: 'is a link that leads nowhere',
      EACCES: 'may not be read by this user',
    }
    throw new WrongUse(`${directory} ${why[codeOf(error) ?? ''] ?? `cannot be read: ${messageOf(error)}`}`, {
      cause: error,
    })
  }
}

const noJournal = (directory: string, damaged: boolean): WrongUse =>
  new WrongUse(
    damaged
      ? `journal.json in ${directory} is damaged and no segment bears the journal's id: nothing can be read`
      : `${directory} holds no journal: neither journal.json nor a segment`,
  )
