import { expect, it } from 'vitest'

import { classifyStatus } from '../../src/model/failure.ts'

it('every status has a class, and success has none', () => {
  for (let status = 0; status < 1000; status++)
    expect(classifyStatus(status) === undefined).toBe(status >= 200 && status < 300)
})

it.each([
  [400, 'permanent'],
  [301, 'permanent'],
  [408, 'transient'],
  [425, 'transient'],
  [429, 'rate-limited'],
  [500, 'transient'],
  [503, 'transient'],
  [100, 'transient'],
  [999, 'transient'],
])('status %i is %s', (status, expected) => {
  expect(classifyStatus(status)).toBe(expected)
})
