import { lookup } from 'node:dns/promises'

import type { Resolver } from './resolver.ts'

/** Stands in until the cache is there. */
export function createResolver(): Resolver {
  return {
    async resolve(host) {
      const { address, family } = await lookup(host)
      return { address, family: family === 6 ? 6 : 4, isStale: false }
    },
  }
}
