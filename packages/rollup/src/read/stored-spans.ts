import { windowStart } from '@tocsin/core'

import type { Level } from '../engine/levels.ts'
import { sealedStretch } from '../segment/segment-list.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'

/** Windows in a stretch of time, and which segment has them; without one they are to be folded. */
export interface Span {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly segment: SegmentReader | undefined
}

/** Whose longer windows are to be read where; in order of time, without holes. Only whole windows of a sealed stretch are stored. */
export function storedSpans(
  segments: readonly SegmentReader[],
  levels: readonly Level[],
  periodMs: number,
  from: number,
  to: number,
): Span[] {
  let spans: Span[] = [{ from, to, segment: undefined }]
  for (const segment of segments) {
    const sealed = sealedStretch(segment, levels)
    if (sealed === null) continue
    const first = Math.max(from, Math.ceil(sealed[0] / periodMs) * periodMs)
    const end = Math.min(to, windowStart(sealed[1], periodMs))
    if (first >= end) continue
    spans = [...without(spans, first, end), { from: first, to: end, segment }]
  }
  return spans.sort((a, b) => a.from - b.from)
}

function without(spans: readonly Span[], from: number, to: number): Span[] {
  return spans.flatMap((span) => [
    ...(span.from < from ? [{ ...span, to: Math.min(span.to, from) }] : []),
    ...(span.to > to ? [{ ...span, from: Math.max(span.from, to) }] : []),
  ])
}
