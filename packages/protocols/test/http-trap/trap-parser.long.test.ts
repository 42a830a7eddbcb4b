import { it } from 'vitest'

import { checkSpoiltBodies } from './spoilt-bodies.ts'

it('takes or leaves out whatever a hundred thousand spoilt bodies hold, and never throws', () => {
  checkSpoiltBodies(Number(process.env['FC_NUM_RUNS'] ?? 100_000))
})
