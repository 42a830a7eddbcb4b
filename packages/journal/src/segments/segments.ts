import type { Fence } from '../format/segment-header.ts'

/** A place between two frames. */
export interface FrameEnd {
  /** Last sequence number before it. */
  readonly lastSeq: number
  readonly end: number
  /** Header checksum of the frame before it, or of the segment's header. */
  readonly chain: number
  /** Checksum of all records before it; 0 where that is not known. */
  readonly history: number
}

/** One segment file that is kept. */
export interface Segment {
  readonly segment: number
  readonly path: string
  readonly baseSeq: number
  /** Highest durable sequence number that belongs here; frames above it stay unseen. */
  lastSeq: number
  /** Length up to which frames may be read. */
  bytes: number
  /** When it was begun, ms since the Unix epoch; 0 where that is not known. */
  readonly time: number
  /** What the segment says of the one before; `undefined` where its header is damaged. */
  readonly fence: Fence | undefined
  /** Checksum of its header, which the first frame is chained to; `undefined` where it is damaged. */
  readonly headerChain: number | undefined
  /** Checksum of the last frame's header, or of its own; 0 where that is not known. */
  chain: number
  /** Checksum of all records up to its last one; 0 where that is not known. */
  history: number
  /** Nothing of it is left; it stands for records that somebody waits for. */
  readonly missing?: boolean
}

/** The kept segments in order, and where the durable records end. */
export interface Segments {
  /** Newest durable sequence number; 0 in a new journal. */
  readonly lastSeq: number
  /** Oldest kept sequence number. */
  readonly firstSeq: number
  /** The same with what is missing before it and somebody waits for. */
  readonly startSeq: number
  /** Highest sequence number that was evicted. */
  readonly evictedSeq: number
  readonly bytes: number
  readonly count: number
  /** The oldest, unless it is the newest as well: that one carries the numbering and always stays. */
  oldestRemovable(): Segment | undefined
  /** The segment that holds the record, or the first one behind it. */
  at(seq: number): Segment | undefined
  readonly newest: Segment | undefined
  /** Oldest first. */
  list(): readonly Segment[]
  add(segment: Segment): void
  /** The frames of the newest segment now reach this far. */
  extend(segment: Segment, end: FrameEnd): void
  /** Takes the oldest off the list. */
  removeOldest(): void
  /** Takes one that holds no records off the list and removes its file. */
  drop(empty: Segment, remove: (path: string) => Promise<void>): Promise<void>
  /** What to evict so that the rest takes at most `bytes`. */
  victims(bytes: number): readonly Segment[]
  evict(victims: readonly Segment[]): void
  /** About the bytes behind a position. */
  bytesBehind(seq: number): number
}

/** What the next segment says of this one. */
export const fenceOf = ({ segment, bytes, lastSeq, chain, history }: Segment): Fence => ({
  segment,
  end: bytes,
  lastSeq,
  chain,
  history,
})

/** What reading needs to know of the segments. */
export type KeptSegments = Pick<
  Segments,
  'lastSeq' | 'firstSeq' | 'startSeq' | 'evictedSeq' | 'newest' | 'at' | 'list' | 'bytesBehind'
>

export function createSegments(kept: readonly Segment[], head: number, evicted: number): Segments {
  const list = [...kept]
  let lastSeq = head
  let evictedSeq = evicted
  let bytes = list.reduce((sum, segment) => sum + segment.bytes, 0)
  const removeOldest = (): void => {
    bytes -= list.shift()?.bytes ?? 0
  }
  return {
    get lastSeq() {
      return lastSeq
    },
    get firstSeq() {
      return list.find(({ missing }) => missing !== true)?.baseSeq ?? lastSeq + 1
    },
    get startSeq() {
      return list[0]?.baseSeq ?? lastSeq + 1
    },
    get evictedSeq() {
      return evictedSeq
    },
    get bytes() {
      return bytes
    },
    get count() {
      return list.length
    },
    oldestRemovable: () => (list.length > 1 ? list[0] : undefined),
    at: (seq) => list[firstIndex(list, (segment) => segment.lastSeq >= seq)],
    get newest() {
      return list.at(-1)
    },
    list: () => list,
    add: (segment) => {
      list.push(segment)
      bytes += segment.bytes
      lastSeq = Math.max(lastSeq, segment.lastSeq)
    },
    extend: (segment, end) => {
      bytes += end.end - segment.bytes
      segment.bytes = end.end
      segment.lastSeq = end.lastSeq
      segment.chain = end.chain
      segment.history = end.history
      lastSeq = Math.max(lastSeq, end.lastSeq)
    },
    removeOldest,
    drop: async (empty, remove) => {
      const index = list.indexOf(empty)
      if (index < 0) return
      list.splice(index, 1)
      bytes -= empty.bytes
      // A file that stays is passed over when it is found again: no fence leads to it.
      await remove(empty.path).catch(() => undefined)
    },
    victims: (limit) => {
      let left = bytes
      return list.slice(0, -1).filter((segment) => {
        if (left <= limit) return false
        left -= segment.bytes
        return true
      })
    },
    evict: (victims) => {
      for (const victim of victims) {
        // It may have been read and removed since it was chosen.
        if (list[0] !== victim) continue
        evictedSeq = Math.max(evictedSeq, victim.lastSeq)
        removeOldest()
      }
    },
    bytesBehind: (seq) => {
      let sum = 0
      for (
        let index = firstIndex(list, (segment) => segment.lastSeq > seq);
        index < list.length;
        index += 1
      ) {
        const segment = list[index]
        if (segment === undefined) break
        const unread = segment.lastSeq - Math.max(seq, segment.baseSeq - 1)
        if (unread > 0) sum += (segment.bytes * unread) / (segment.lastSeq - segment.baseSeq + 1)
      }
      return Math.round(sum)
    },
  }
}

/** Binary search: where the condition, false for a while, becomes true. */
function firstIndex(list: readonly Segment[], holds: (segment: Segment) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const segment = list[middle]
    if (segment !== undefined && holds(segment)) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * About how long ago a record was written, ms: the records of a segment are taken for evenly spread from its beginning to that
 * of the next, or to now. 0 where there is no such record.
 */
export function recordAge(segments: Pick<Segments, 'list' | 'at'>, seq: number, now: number): number {
  const segment = segments.at(seq)
  if (segment === undefined) return 0
  const list = segments.list()
  const index = list.indexOf(segment)
  // The time of a damaged header is not known; what comes before it is older.
  const begin = list.slice(0, index + 1).findLast(({ time }) => time > 0)?.time ?? now
  const end = list.slice(index + 1).find(({ time }) => time > 0)?.time ?? now
  const records = segment.lastSeq - segment.baseSeq + 1
  const share = Math.max(0, seq - segment.baseSeq) / Math.max(1, records)
  return Math.max(0, Math.round(now - begin - (end - begin) * share))
}
