import type { Sample } from '@tocsin/core'

import { excerpt } from '../engine/excerpt.ts'
import type { LineParser } from '../formats/line-parser.ts'
import type { Run, SourceBase } from '../source.ts'

/** Hands bytes to a parser: its samples become one batch, what it refuses becomes problems. */
export function feedParser(
  base: SourceBase,
  parser: LineParser,
  run: Run<Sample>,
  // In a stream, offsets would depend on how the network cut it.
  { offsets }: { readonly offsets: boolean },
): (bytes: Uint8Array, peer: string) => void {
  return (bytes, peer) => {
    const batch: Sample[] = []
    parser.parse(bytes, base.clock.now(), {
      sample: (sample) => batch.push(sample),
      problem: ({ reason, message, start, end }) =>
        base.report(reason, message, {
          peer,
          offset: offsets ? start : undefined,
          excerpt: () => excerpt(bytes, start, end),
        }),
    })
    run.emit(batch)
  }
}
