import { lookup } from 'node:dns/promises'
import { promises } from 'node:dns'

import { reasonOf } from '../failures.ts'
import { type LookupAnswer, noneMs } from './address-cache.ts'

/** Looks the addresses of one family of a name up. Never rejects. */
export type NameLookup = (name: string, family: 4 | 6, signal: AbortSignal) => Promise<LookupAnswer>

/** Each server is asked twice, and waited for so long the first time, ms. */
const timeoutMs = 2000
const tries = 2

const none: LookupAnswer = { type: 'none' }
const failed = (error: unknown): LookupAnswer => ({ type: 'failed', reason: reasonOf(error) })

/**
 * Asks the name servers, since they say how long an answer holds. What they have not, and what has no dot, the system is asked for: it
 * knows local names, search domains and multicast DNS. That takes a thread of Node's pool and cannot be ended.
 */
export const createNameLookup =
  (servers: readonly string[] | undefined): NameLookup =>
  async (name, family, signal) =>
    (name.includes('.') ? await askServers(servers, name, family, signal) : undefined) ??
    (await askSystem(name, family))

/** `undefined` where no such name exists. */
async function askServers(
  servers: readonly string[] | undefined,
  name: string,
  family: 4 | 6,
  signal: AbortSignal,
): Promise<LookupAnswer | undefined> {
  // A new one each time, since it reads only at its start which servers there are.
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel)
  try {
    const records = await (family === 4
      ? resolver.resolve4(name, { ttl: true })
      : resolver.resolve6(name, { ttl: true }))
    if (records.length === 0) return none
    return {
      type: 'found',
      addresses: records.map(({ address }) => address),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
    }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === 'ENOTFOUND') return undefined
    return reason === 'ENODATA' || reason === 'EBADNAME' ? none : failed(error)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function askSystem(name: string, family: 4 | 6): Promise<LookupAnswer> {
  try {
    const found = await lookup(name, { family, all: true })
    // It does not say how long they hold.
    return { type: 'found', addresses: found.map(({ address }) => address), ttlMs: noneMs }
  } catch (error) {
    return reasonOf(error) === 'ENOTFOUND' ? none : failed(error)
  }
}
