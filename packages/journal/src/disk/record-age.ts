import type { Segments } from './segments.ts'

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
