import { chunkOf, type Layout, recordAt } from './layout.ts'

/** A record as it was saved, and the needs of each of its windows. */
export interface SavedRecord {
  readonly keys: readonly (readonly string[])[]
  readonly words: Float64Array
  /** Puts it into a place of such a layout. */
  readonly put: (layout: Layout, place: number) => void
}

type Bins = readonly (readonly (readonly (readonly [number, number])[])[])[]

interface Head {
  readonly keys: readonly (readonly string[])[]
  /** Of each window with quantiles, of each pane. */
  readonly bins: Bins
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Length of the head, the head as JSON, the words. */
export function writeRecord(layout: Layout, place: number, keys: readonly (readonly string[])[]): Uint8Array {
  const bins = layout.windows.flatMap(({ quantiles, panes }) =>
    quantiles === undefined
      ? []
      : [Array.from({ length: panes }, (_, pane) => [...(quantiles.panes[place * panes + pane] ?? [])])],
  )
  const head = encoder.encode(JSON.stringify({ keys, bins } satisfies Head))
  const at = recordAt(layout, place)
  const words = new Uint8Array(chunkOf(layout, place).f64.slice(at, at + layout.words).buffer)
  const bytes = new Uint8Array(4 + head.length + words.length)
  new DataView(bytes.buffer).setUint32(0, head.length)
  bytes.set(head, 4)
  bytes.set(words, 4 + head.length)
  return bytes
}

/** `undefined` where it is no such record. */
export function readRecord(bytes: Uint8Array): SavedRecord | undefined {
  if (bytes.length < 4) return undefined
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (end > bytes.length || (bytes.length - end) % 8 !== 0) return undefined
  const { keys, bins } = JSON.parse(decoder.decode(bytes.subarray(4, end))) as Head
  const words = new Float64Array(bytes.slice(end).buffer)
  return { keys, words, put: (layout, place) => put(layout, place, words, bins) }
}

function put(layout: Layout, place: number, words: Float64Array, bins: Bins): void {
  chunkOf(layout, place).f64.set(words, recordAt(layout, place))
  const withBins = layout.windows.filter(({ quantiles }) => quantiles !== undefined)
  for (const [index, { quantiles, panes }] of withBins.entries())
    for (const [pane, counts] of (bins[index] ?? []).entries())
      if (quantiles !== undefined && counts.length > 0)
        quantiles.panes[place * panes + pane] = new Map(counts)
}
