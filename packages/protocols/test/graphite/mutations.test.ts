import { describe, it } from 'vitest'

import { breakLines, breakPickles } from './mutations.ts'

describe('2,000 mutations', () => {
  it('of pickles break neither the parser nor the pickle that follows', () => breakPickles(2000))
  it('of lines leave each a sample or one problem', () => breakLines(2000))
})
