import { describe, expect, it } from 'vitest'

import { mergeRollups } from '../../src/engine/cell.ts'
import type { RollupInput } from '../../src/engine/reading.ts'
import type { TextRollup } from '../../src/engine/rollups.ts'
import { sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

const texts = (values: readonly string[]): RollupInput[] =>
  values.map((value, index) => sample('t', index * 10, value, 'text'))

describe('a text window', () => {
  it('counts texts and changes', () => {
    expect(windowOf(texts(['up', 'up', 'down', 'up']))).toEqual({
      kind: 'text',
      count: 4,
      changes: 2,
      first: { time: 0, value: 'up' },
      last: { time: 30, value: 'up' },
      counts: [
        { value: 'down', count: 1 },
        { value: 'up', count: 3 },
      ],
      inexact: false,
    })
  })

  it('counts names that objects are born with', () => {
    const { counts } = windowOf(texts(['__proto__', 'constructor'])) as TextRollup
    expect(counts?.map(({ value }) => value)).toEqual(['__proto__', 'constructor'])
  })

  it('gives up the counts above 64 texts, and so does every window that it goes into', () => {
    const many = windowOf(texts(Array.from({ length: 65 }, (_, index) => `text ${index}`))) as TextRollup
    const few = windowOf([sample('t', 5000, 'text', 'text')])
    expect(many).toMatchObject({ count: 65, changes: 64, counts: null })
    expect(mergeRollups(many, few)).toMatchObject({ count: 66, changes: 65, counts: null })
  })
})
