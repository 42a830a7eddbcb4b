import { take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Check } from '../../src/checks/check.ts'
import { checks } from '../../src/checks/checks.ts'
import { firstOf } from '../sockets.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a run', () => {
  it.each([
    ['answers nothing', (): unknown => undefined, 'failed', 'gave no object with ok'],
    ['measures no list', () => ({ ok: true, samples: null }), 'failed', 'gave samples that are no list'],
    [
      'rejects with what has no text',
      () => Promise.reject(Object.create(null) as Error),
      'failed',
      'a value of type object',
    ],
    ['answers without a promise', () => ({ ok: true }), 'ok', undefined],
  ])('of a check that %s gives a result', async (name, run, status, message) => {
    const careless = { name, run: run as Check['run'] }
    const results = firstOf(checks([{ check: careless, periodMs: 20 }]).pipe(take(2), toArray()))
    await vi.advanceTimersByTimeAsync(40)
    const endings = (await results).map((result) => [result.status, result.message])
    expect(endings).toEqual([
      [status, message],
      [status, message],
    ])
  })
})
