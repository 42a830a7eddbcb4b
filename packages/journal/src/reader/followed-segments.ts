import type { FileSystem } from '@tocsin/core'

import type { StoredHeader } from '../format/segment-header.ts'
import { segmentName, segmentNumber } from '../format/segment-header.ts'
import type { PlacedSegment } from '../recover/placed-segments.ts'
import { placeSegments, sealSegments, segmentOf } from '../recover/placed-segments.ts'
import type { FoundSegment } from '../segments/segment-scan.ts'
import { findSegment } from '../segments/segment-scan.ts'
import type { KeptSegments, Segment } from '../segments/segments.ts'
import { createSegments } from '../segments/segments.ts'
import type { CertifiedEnd } from './certified-end.ts'
import { createCertifiedEnd } from './certified-end.ts'

/** What is followed. */
export interface FollowedSegmentsInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
}

interface Tail {
  readonly segment: Segment
  readonly end: CertifiedEnd
}

/** The segments of a folder that another process writes. */
export interface FollowedSegments {
  /** As of the last look. What is not there any more counts as evicted. */
  readonly segments: KeptSegments
  /** Looks at the folder; one look follows the other. */
  look(): Promise<void>
}

/**
 * Believes only what the files prove to be durable: up to where the fence of the next segment says, and of the newest one up to
 * what a later frame certifies. So nothing that is seen can be lost by a power cut, and nothing that a writer appends after it
 * lost the folder is seen.
 */
export function createFollowedSegments(input: FollowedSegmentsInput): FollowedSegments {
  const { fileSystem, directory, journalId } = input
  const found = new Map<number, FoundSegment>()
  /** One object per segment, so that readers know it again. */
  const kept = new Map<number, Segment>()
  let inner = createSegments([], 0, 0)
  let order = ''
  let tail: Tail | undefined
  let turn: Promise<void> = Promise.resolve()

  /** Brings `found` up to date; a header that is not sound may be about to be written. */
  const list = async (): Promise<void> => {
    const numbers = new Set<number>()
    for (const name of await fileSystem.list(directory)) {
      const number = segmentNumber(name)
      if (number !== undefined) numbers.add(number)
    }
    for (const number of found.keys()) if (!numbers.has(number)) found.delete(number)
    let isNew = false
    for (const number of numbers) {
      if (found.get(number)?.header !== undefined) continue
      const segment = await findSegment(fileSystem, `${directory}/${segmentName(number)}`, number)
      if (segment === undefined) found.delete(number)
      else found.set(number, segment)
      isNew ||= segment?.header !== undefined
    }
    // What is in a file whose name a power cut can take away is not durable.
    if (isNew) await fileSystem.syncDirectory(directory)
  }

  const isOurs = ({ segment, header }: FoundSegment): boolean =>
    header === undefined || (header.segment === segment && header.journalId === journalId)

  /** The same object for the same file. */
  const keep = (segment: Segment): Segment => {
    const present = kept.get(segment.segment)
    const isSame = present?.headerChain === segment.headerChain && present?.baseSeq === segment.baseSeq
    return present !== undefined && isSame ? Object.assign(present, segment) : segment
  }

  const arrange = async (): Promise<void> => {
    const ours = [...found.values()].filter(isOurs).sort((a, b) => a.segment - b.segment)
    const newest = ours.findLast(({ header }) => header !== undefined)
    // Behind the newest sound header is what is being made.
    const settled = ours.filter(({ segment }) => segment <= (newest?.segment ?? 0))
    const next = settled.map(({ segment, header }) => `${segment}:${header?.chain ?? ''}`).join()
    if (next === order) return
    const { live } = await placeSegments(await measured(settled), input)
    const older = await sealSegments(live, { ...input, minAcked: 0 }, [])
    const last = live.at(-1)
    const present = tail
    let newTail: Tail | undefined
    if (last?.found.header !== undefined) {
      const { chain } = last.found.header
      newTail =
        present?.segment.headerChain === chain && present.segment.segment === last.found.segment
          ? present
          : await tailOf(last, last.found.header)
      if (newTail === undefined) return
    }
    // From here on in one go: readers see either the old order or the new one.
    const segments = older.map(keep)
    if (newTail !== undefined) segments.push(newTail.segment)
    kept.clear()
    for (const segment of segments) kept.set(segment.segment, segment)
    inner = createSegments(segments, segments.at(-1)?.lastSeq ?? 0, 0)
    tail = newTail
    order = next
  }

  /** The newest segment as far as it is certified. */
  const tailOf = async (placed: PlacedSegment, header: StoredHeader): Promise<Tail | undefined> => {
    const end = createCertifiedEnd(fileSystem, placed.found.path, header)
    const certified = await end.advance()
    if (certified !== undefined) return { segment: segmentOf(placed, certified), end }
    forget(header.segment)
    return undefined
  }

  /** The file is another one by now: it is looked at anew the next time. */
  const forget = (number: number): void => {
    found.delete(number)
    order = ''
  }

  /** Those that have grown since they were found, with their length. */
  const measured = async (settled: readonly FoundSegment[]): Promise<readonly FoundSegment[]> => {
    const since = tail?.segment.segment ?? 0
    const again = settled.map(async (segment) =>
      segment.segment < since
        ? segment
        : { ...segment, bytes: (await findSegment(fileSystem, segment.path, segment.segment))?.bytes ?? 0 },
    )
    return Promise.all(again)
  }

  const lookOnce = async (): Promise<void> => {
    await list()
    await arrange()
    if (tail === undefined) return
    const { segment, end } = tail
    const certified = await end.advance()
    if (certified === undefined) forget(segment.segment)
    else if (certified.end > segment.bytes) inner.extend(segment, certified)
  }

  return {
    segments: {
      get lastSeq() {
        return inner.lastSeq
      },
      get firstSeq() {
        return inner.firstSeq
      },
      get startSeq() {
        return inner.startSeq
      },
      get evictedSeq() {
        return inner.firstSeq - 1
      },
      get newest() {
        return inner.newest
      },
      at: (seq) => inner.at(seq),
      list: () => inner.list(),
      bytesBehind: (seq) => inner.bytesBehind(seq),
    },
    look: () => {
      const look = turn.then(lookOnce)
      turn = look.catch(() => undefined)
      return look
    },
  }
}
