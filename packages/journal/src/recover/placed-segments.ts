import type { FileSystem } from '@tocsin/core'

import { isUnfinishedSegment, segmentNumber } from '../format/segment-header.ts'
import type { Gap } from '../reading-types.ts'
import type { Quarantine } from '../segments/quarantine.ts'
import type { FoundSegment } from '../segments/segment-scan.ts'
import { findSegment, scanSegment } from '../segments/segment-scan.ts'
import type { FrameEnd, Segment } from '../segments/segments.ts'
import type { Report } from '../status-types.ts'

const headersAtOnce = 32

/** A segment file and where its records begin. */
export interface PlacedSegment {
  readonly found: FoundSegment
  readonly baseSeq: number
}

/** The segment files of this journal, oldest first, and all numbers that are taken. */
export async function findSegments({
  fileSystem,
  directory,
  journalId,
  report,
}: Pick<RecoveryInput, 'fileSystem' | 'directory' | 'journalId' | 'report'>): Promise<{
  ours: FoundSegment[]
  all: number[]
}> {
  const ours: FoundSegment[] = []
  const all: number[] = []
  const names = await fileSystem.list(directory)
  // A copy that a crash interrupted; what it was made of is still there.
  for (const name of names.filter(isUnfinishedSegment)) await fileSystem.remove(`${directory}/${name}`)
  for (const { name, number, segment } of await readHeaders(fileSystem, directory, names)) {
    all.push(number)
    const header = segment?.header
    if (
      segment !== undefined &&
      (header === undefined || (header.segment === number && header.journalId === journalId))
    ) {
      ours.push(segment)
    } else {
      const message = `${name} is not of this journal and is left alone`
      report({ reason: 'foreign-file', file: name, message })
    }
  }
  return { ours, all }
}

/** Several at a time: each waits for the disk, or for a thread, and there may be thousands. */
async function readHeaders(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<readonly { name: string; number: number; segment: FoundSegment | undefined }[]> {
  const numbered = names.flatMap((name) => {
    const number = segmentNumber(name)
    return number === undefined ? [] : [{ name, number }]
  })
  const read = async ({ name, number }: { name: string; number: number }) => ({
    ...{ name, number },
    segment: await findSegment(fileSystem, `${directory}/${name}`, number),
  })
  const headers: Awaited<ReturnType<typeof read>>[] = []
  for (let at = 0; at < numbered.length; at += headersAtOnce) {
    headers.push(...(await Promise.all(numbered.slice(at, at + headersAtOnce).map(read))))
  }
  return headers
}

/** Where each file begins. A damaged header costs nothing while a frame behind it is whole. */
export async function placeSegments(
  found: readonly FoundSegment[],
  { fileSystem, journalId }: Pick<RecoveryInput, 'fileSystem' | 'journalId'>,
): Promise<{ live: PlacedSegment[]; dead: FoundSegment[] }> {
  const live: PlacedSegment[] = []
  const dead: FoundSegment[] = []
  for (const segment of found) {
    const baseSeq = segment.header?.baseSeq ?? (await scanSegment(fileSystem, segment, journalId)).firstSeq
    if (baseSeq === undefined) dead.push(segment)
    else live.push({ found: segment, baseSeq })
  }
  return { live, dead }
}

/** A segment that ends before `lastSeq` and `end`. */
export const segmentOf = (
  { found, baseSeq }: PlacedSegment,
  { lastSeq, end, chain, history }: FrameEnd,
): Segment => ({
  segment: found.segment,
  path: found.path,
  baseSeq: Math.min(baseSeq, lastSeq + 1),
  lastSeq,
  bytes: end,
  time: found.header?.time ?? 0,
  fence: found.header?.fence,
  headerChain: found.header?.chain,
  chain,
  history,
})

/**
 * All but the newest. Each ends where the fence of the next says; one that no fence leads to is what a writer began that had
 * lost the folder, and none of it counts. Where the next is missing or damaged, its own frames say how far it goes.
 */
export async function sealSegments(
  live: readonly PlacedSegment[],
  input: Pick<RecoveryInput, 'fileSystem' | 'journalId' | 'minAcked'>,
  gaps: Gap[],
): Promise<Segment[]> {
  const segments: Segment[] = []
  let next = live.at(-1)
  let limit = (next?.baseSeq ?? 1) - 1
  for (const placed of live.slice(0, -1).reverse()) {
    const { found, baseSeq } = placed
    const fence = next?.found.header?.fence
    if (fence !== undefined && fence.segment < found.segment) {
      // Empty, at the place of the next: it is removed in its turn.
      segments.push(
        segmentOf({ found, baseSeq: limit + 1 }, { lastSeq: limit, end: found.bytes, chain: 0, history: 0 }),
      )
      continue
    }
    const end =
      fence?.segment === found.segment
        ? { ...fence, end: Math.min(fence.end, found.bytes), reason: 'lost' as const }
        : { ...(await ownEnd(placed, limit, input)), reason: 'missing-segment' as const }
    const lastSeq = Math.min(limit, Math.max(end.lastSeq, baseSeq - 1))
    if (lastSeq < limit && limit > input.minAcked) {
      gaps.unshift({ fromSeq: lastSeq + 1, toSeq: limit, reason: end.reason })
    }
    segments.push(segmentOf(placed, { ...end, lastSeq }))
    limit = Math.min(limit, baseSeq - 1)
    next = placed
  }
  return segments.reverse()
}

async function ownEnd(
  { found }: PlacedSegment,
  limit: number,
  { fileSystem, journalId, minAcked }: Pick<RecoveryInput, 'fileSystem' | 'journalId' | 'minAcked'>,
): Promise<FrameEnd> {
  // Nobody needs to know.
  if (limit <= minAcked) return { lastSeq: limit, end: found.bytes, chain: 0, history: 0 }
  const { readable, certSeq } = await scanSegment(fileSystem, found, journalId)
  return { lastSeq: Math.max(readable.lastSeq, certSeq), end: found.bytes, chain: 0, history: 0 }
}

/** What is known before the segments are looked at. */
export interface RecoveryInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  /** Lowest and highest acknowledged position of the subscribers; what was acknowledged had been durable. */
  readonly minAcked: number
  readonly maxAcked: number
  /** From here on a subscriber waits for every record; infinite where nobody says that he does. */
  readonly neededSeq: number
  readonly quarantine: Quarantine
  readonly now: () => number
  readonly report: Report
}
