import { describe, it } from 'vitest'

import { fuzzJson, fuzzPackets } from './hostile.ts'

const seed = 20_261_128

describe('what comes to collectd, for long', () => {
  it('harms nothing, however its packets were changed', () => fuzzPackets(100_000, seed))
  it('harms nothing, however its JSON was changed', () => fuzzJson(100_000, seed))
})
