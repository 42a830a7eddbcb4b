import { isIP } from 'node:net'

import {
  type Defined,
  callback,
  type Clock,
  optional,
  port,
  resolveOptions,
  text,
  wholeNumber,
} from '@tocsin/core'

import { badOption } from '../../../errors.ts'
import { noAnswer, notAsked } from '../../check-failure.ts'
import { abortable } from '../abortable.ts'
import { reasonOf } from '../failures.ts'
import type { AddressFamily, HostAddress, Resolver } from '../resolver.ts'
import { isHost, plainHost } from '../target.ts'
import { createAddressCache, type Known } from './address-cache.ts'
import { createHostsFile } from './hosts-file.ts'
import { createNameLookup, type NameLookup } from './name-lookup.ts'

/** Options of {@link createResolver}. */
export interface ResolverOptions {
  /**
   * Name servers to ask, each an address with or without `:port`.
   * @defaultValue those of the system
   */
  readonly servers?: readonly string[] | undefined
  /**
   * Most names to remember of each family; the one that was used longest ago goes, and is counted in `stats`.
   * @defaultValue 10000
   */
  readonly maxNames?: number | undefined
  /**
   * The file that is looked at before name servers are asked.
   * @defaultValue `'/etc/hosts'`
   */
  readonly hostsFile?: string | undefined
  /**
   * Where time comes from, which must not go back.
   * @defaultValue the monotonic clock of the process
   */
  readonly clock?: Clock | undefined
  /**
   * Looks names up in place of name servers and system.
   * @defaultValue they are asked
   */
  readonly lookup?: NameLookup | undefined
}

/** What a resolver did so far. */
export interface ResolverStats {
  /** How many names it holds, each family by itself. */
  readonly names: number
  /** How many questions it answered from memory. */
  readonly remembered: number
  /** How many of its answers were addresses beyond their time, since look-ups fail. */
  readonly stale: number
  /** How many look-ups it made. */
  readonly lookups: number
  /** How many of these failed. */
  readonly failures: number
  /** How many names it forgot for others, since it holds at most `maxNames`. */
  readonly evicted: number
  /** Whether the hosts file has more than is read of it, which is 4 MiB. */
  readonly isHostsFileCut: boolean
}

/** A resolver that remembers. */
export interface CachingResolver extends Resolver {
  /** What it did so far. */
  readonly stats: ResolverStats
  /** Gives the look-ups up that are under way; it can be used on. */
  close(): void
}

/** The defaults of {@link createResolver}. */
export const defaultResolverOptions: Readonly<Defined<Pick<ResolverOptions, 'maxNames' | 'hostsFile'>>> =
  Object.freeze({
    maxNames: 10_000,
    hostsFile: '/etc/hosts',
  })

const familiesOf: Readonly<Record<AddressFamily, readonly (4 | 6)[]>> = {
  'prefer-ipv4': [4, 6],
  'prefer-ipv6': [6, 4],
  ipv4: [4],
  ipv6: [6],
}

/** No name server said anything, so that nobody knows whether the host is well. */
const unanswered = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'EAI_AGAIN', 'ENOTINITIALIZED'])

/**
 * A resolver for checks. It looks into the hosts file first, then asks the name servers, and the system for what they have not. An
 * answer holds as long as it says, but at least 1 s and at most an hour, and is looked up again ahead of its end while somebody asks;
 * that there is none holds for a minute. While look-ups fail, addresses serve for an hour more. Names that nobody asked for in 20
 * minutes are forgotten. A look-up serves all who wait for it, and goes on when they do not.
 */
export function createResolver(options?: ResolverOptions): CachingResolver {
  const { servers, maxNames, hostsFile, clock, lookup } = resolve(options)
  const ask = lookup ?? createNameLookup(servers)
  const hosts = createHostsFile(hostsFile)
  const caches = { 4: createAddressCache(maxNames), 6: createAddressCache(maxNames) }
  const flights = new Map<string, { readonly end: AbortController; readonly known: Promise<Known> }>()
  const counts = { remembered: 0, stale: 0, lookups: 0, failures: 0 }

  const lookUp = async (name: string, family: 4 | 6, signal: AbortSignal): Promise<Known> => {
    counts.lookups += 1
    const answer = await ask(name, family, signal).catch((error: unknown) => ({
      type: 'failed' as const,
      reason: reasonOf(error),
    }))
    if (signal.aborted) return { type: 'failed', reason: 'ECANCELLED' }
    if (answer.type === 'failed') counts.failures += 1
    return caches[family].told(name, answer, clock.now())
  }

  const fly = (name: string, family: 4 | 6): Promise<Known> => {
    const key = `${family} ${name}`
    const under = flights.get(key)
    if (under !== undefined) return under.known
    const end = new AbortController()
    const known = lookUp(name, family, end.signal).finally(() => {
      if (flights.get(key)?.end === end) flights.delete(key)
    })
    flights.set(key, { end, known })
    return known
  }

  const find = async (name: string, family: 4 | 6, signal: AbortSignal): Promise<Known> => {
    const { known, isDue } = caches[family].ask(name, clock.now())
    const flight = isDue ? fly(name, family) : undefined
    if (known !== undefined) counts.remembered += 1
    const found = known ?? (await untilAborted(flight ?? fly(name, family), signal))
    if (found.type === 'found' && found.isStale) counts.stale += 1
    return found
  }

  return {
    get stats() {
      const [four, six] = [caches[4], caches[6]]
      const names = four.size + six.size
      return { ...counts, names, evicted: four.evicted + six.evicted, isHostsFileCut: hosts.isCut }
    },
    async resolve(given, { signal, family: wanted = 'prefer-ipv4' }) {
      signal.throwIfAborted()
      const families = familiesOf[wanted]
      const name = plainHost(given).replace(/\.$/, '').toLowerCase()
      const digits = isIP(name)
      if (digits !== 0) {
        const family = families.find((each) => each === digits)
        if (family === undefined) throw notAsked(`${given} is not an address of ${wanted}`)
        return { address: name, family, isStale: false }
      }
      if (!isHost(given)) throw notAsked(`no name of a host: ${JSON.stringify(given.slice(0, 100))}`)
      const written = (await untilAborted(hosts.read(clock.now()), signal)).get(name) ?? []
      for (const family of families) {
        const address = written.find((each) => isIP(each) === family)
        if (address !== undefined) return { address, family, isStale: false }
      }
      return addressOf(name, families, (family) => find(name, family, signal))
    },
    close() {
      for (const { end } of flights.values()) end.abort()
      flights.clear()
    },
  }
}

/** The first address of the first family that has one. */
async function addressOf(
  name: string,
  families: readonly (4 | 6)[],
  find: (family: 4 | 6) => Promise<Known>,
): Promise<HostAddress> {
  let reason: string | undefined
  for (const family of families) {
    const known = await find(family)
    if (known.type === 'failed') reason = known.reason
    else if (known.type === 'found') {
      const [address] = known.addresses
      if (address !== undefined) return { address, family, isStale: known.isStale }
    }
  }
  if (reason === undefined) throw noAnswer(`${name} has no address`)
  if (unanswered.has(reason)) throw notAsked(`no name server said where ${name} is: ${reason}`)
  throw noAnswer(`the name servers do not say where ${name} is: ${reason}`)
}

const untilAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  abortable(signal, (resolved, rejected) => {
    promise.then(resolved, rejected)
    return () => undefined
  })

type Resolved = typeof defaultResolverOptions & {
  readonly servers: readonly string[] | undefined
  readonly clock: Clock
  readonly lookup: NameLookup | undefined
}

const resolve = (options: ResolverOptions | undefined): Resolved =>
  resolveOptions<Resolved>(
    { ...defaultResolverOptions, servers: undefined, clock: performance, lookup: undefined },
    options,
    {
      servers: optional((value) =>
        Array.isArray(value) && value.length > 0 && value.every((server) => isServer(server))
          ? undefined
          : 'a list of addresses, each with or without :port',
      ),
      maxNames: wholeNumber(1, 1_000_000),
      hostsFile: text(),
      clock: port('now'),
      lookup: optional(callback),
    },
    badOption,
  )

/** `1.2.3.4`, `1.2.3.4:53`, `::1` or `[::1]:53`. */
const isServer = (value: unknown): boolean => {
  if (typeof value !== 'string') return false
  const [, bracketed, plain] = /^(?:\[(.+)\]|([^:]+))(?::\d{1,5})?$/.exec(value) ?? []
  return isIP(bracketed ?? plain ?? value) !== 0
}
