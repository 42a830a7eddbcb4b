import { describe, it } from 'vitest'

import { parserConformance } from '../../src/testing/index.ts'
import { parsersUnderTest } from './parsers-under-test.ts'

describe.each(Object.entries(parsersUnderTest(100_000)))(
  'the parser of %s, tried at length',
  (_, subject) => {
    it.each(parserConformance(subject).map(({ name, run }) => [name, run] as const))('%s', (__, run) => run())
  },
)
