import type { Check, Sample } from '@tocsin/core'

import { addressOfPeer, plainAddress } from './peer.ts'

/** What a listener says in `source` of its samples: the address of each one's sender, or one name for all. */
export type SampleSource =
  | 'peer'
  | {
      /** What all of its samples say. */
      readonly name: string
    }

/** What may be given as {@link SampleSource}. */
export const sampleSourceCheck: Check = (value) => {
  if (value === 'peer') return undefined
  const { name, ...more } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  return typeof name === 'string' && name !== '' && Object.keys(more).length === 0
    ? undefined
    : '"peer", or an object with a name'
}

/** Says on a sample, which is the listener's own, who it is from. */
export type StampSource = (sample: Sample, peer: string) => Sample

/** Stamps samples; nothing where none are to be stamped, so that it costs nothing. */
export function createSourceStamp(source: SampleSource | undefined): StampSource | undefined {
  if (source === undefined) return undefined
  const nameOf = source === 'peer' ? createPeerSources() : () => source.name
  return (sample, peer) => {
    const name = nameOf(peer)
    // Who is asked first knows better: a handler behind a server, a protocol that says it itself. A copy would be dear.
    if (name !== undefined && sample.source === undefined) (sample as { source?: string }).source = name
    return sample
  }
}

/** The source that a peer is, which has most often sent several samples. */
function createPeerSources(): (peer: string) => string | undefined {
  let last: string | undefined
  let name: string | undefined
  return (peer) => {
    if (peer !== last) {
      last = peer
      name = sourceOfPeer(peer)
    }
    return name
  }
}

/** The address without its port; `unix` for whoever has none; nothing where it is not known. */
function sourceOfPeer(peer: string): string | undefined {
  if (peer === 'unix') return peer
  const address = addressOfPeer(peer)
  return address && plainAddress(address)
}
