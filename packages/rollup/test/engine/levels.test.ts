import { describe, expect, it } from 'vitest'

import { parseLevels } from '../../src/engine/levels.ts'

describe('parseLevels', () => {
  it('gives canonical periods', () => {
    expect(parseLevels(['60s', '5m', '24h'])).toEqual([
      { period: '1m', periodMs: 60_000 },
      { period: '5m', periodMs: 300_000 },
      { period: '1d', periodMs: 86_400_000 },
    ])
  })

  it.each([
    ['nothing', []],
    ['a length that does not divide the next', ['2m', '5m']],
    ['long before short', ['5m', '1m']],
    ['one length twice', ['1m', '60s']],
    ['no duration', ['1 minute']],
    ['no text', [60_000]],
    ['zero', ['0s']],
    ['more than 30 days', ['31d']],
    ['no list', '1m'],
  ])('refuses %s', (_name, windows) => {
    expect(parseLevels(windows)).toBeUndefined()
  })
})
