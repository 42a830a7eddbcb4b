import { describe, expect, it } from 'vitest'

import { targetName } from '../../../src/checks/exchange/target.ts'

describe('targetName', () => {
  it('is written as people do, with the brackets of IPv6 once', () => {
    expect(targetName({ host: 'db.test', port: 25 })).toBe('db.test:25')
    expect(targetName({ host: '::1', port: 25 })).toBe('[::1]:25')
    expect(targetName({ host: '[::1]', port: 25 })).toBe('[::1]:25')
    expect(targetName({ path: '/run/db' })).toBe('/run/db')
  })
})
