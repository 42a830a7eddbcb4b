import type { Sample } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase, type SourceBase } from '../source/source-base.ts'
import { createSource, type Source, type SourceRun } from '../source/source.ts'
import type { BoundAddress } from '../source/bound-address.ts'
import type { ListenAddress } from './address.ts'
import { createAllowedPeers } from './allowed-peers.ts'
import { bindError, bindServer, claim, type BindOutcome, type Binding } from './bind.ts'
import { createConnections } from './connections.ts'
import { bindDatagrams } from './datagram-listener.ts'
import { createFeed, type Feed } from './feed.ts'
import { addressesOf, type ResolvedListen } from './listen-options.ts'
import { createIntake, createStreamServer, type StreamReader } from './stream-listener.ts'

/** What a protocol makes of bytes, for one subscription. */
interface Reading {
  /** Takes a datagram. */
  datagram(bytes: Uint8Array, peer: string): void
  /** Gives a reader for the connection of a peer. */
  open(peer: string): StreamReader
}

/** A protocol that is listened for; what it keeps between messages is that of one subscription. */
export type StartReading = (feed: Feed, base: SourceBase<ProblemReason>) => Reading

/** A source that listens at all its addresses, with what each protocol makes of the bytes. */
export function listeningSource(name: string, options: ResolvedListen, start: StartReading): Source<Sample> {
  const { transport, host, port } = options
  const addresses = addressesOf(options, [{ transport, host, port }])
  const base = createSourceBase<ProblemReason>(name, options.clock)
  const isAllowed = createAllowedPeers(options.allow)
  return createSource<Sample, ProblemReason>(base, (run) => {
    const feed = createFeed(base, run, options.source)
    const protocol = start(feed, base)
    const connections = createConnections(base, options, isAllowed)
    const stream = {
      ...{ base, run, connections },
      intake: createIntake(run, connections),
      open: (peer: string) => protocol.open(peer),
      emit: () => feed.emit(),
    }
    const take = (bytes: Uint8Array, peer: string): void => {
      protocol.datagram(bytes, peer)
      feed.emit()
    }
    const stop = bindAll(base, addresses, run, (address, told) =>
      address.transport === 'udp'
        ? bindDatagrams(address, { base, recvBufferSize: options.recvBufferSize, isAllowed, take }, told)
        : bindServer(createStreamServer(address.transport, options, stream), base, address, told),
    )
    return () => {
      stop()
      connections.close()
    }
  })
}

/**
 * Binds all addresses, and tells of them when the last is bound; where one fails, the run does. The function given back closes
 * all.
 */
export function bindAll<Address extends ListenAddress>(
  base: SourceBase<ProblemReason>,
  addresses: readonly Address[],
  run: Pick<SourceRun<unknown>, 'bound' | 'fail'>,
  bind: (address: Address, told: BindOutcome) => Binding,
): () => void {
  const bound = new Map<Address, BoundAddress>()
  const releases: (() => void)[] = []
  const bindings: Binding[] = []
  for (const address of addresses) {
    const binding = bind(address, {
      bound(own) {
        releases.push(claim(base.name, address, own))
        bound.set(address, own)
        if (bound.size < addresses.length) return
        run.bound(...addresses.flatMap((one) => bound.get(one) ?? []))
      },
      failed: (error) => run.fail(bindError(base.name, address, error)),
    })
    bindings.push(binding)
  }
  return () => {
    for (const release of releases) release()
    for (const binding of bindings) binding.close()
  }
}
