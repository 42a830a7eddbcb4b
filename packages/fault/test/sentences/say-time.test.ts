import { expect, it } from 'vitest'

import { sayMs } from '../../src/sentences/say-time.ts'

it.each([
  [-5, '0ms'],
  [0, '0ms'],
  [999.9, '999ms'],
  [1500, '1.5s'],
  [59_999, '59s'],
  [272_345, '4m 32s'],
  [3_600_000, '1h'],
  [3_605_000, '1h'],
  [90_000_000, '1d 1h'],
])('a span of %d ms is said as %s', (ms, text) => {
  expect(sayMs(ms)).toBe(text)
})
