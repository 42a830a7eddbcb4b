import { describe, expect, it } from 'vitest'

import type { HttpAnswer } from '../../../src/sinks/http/http-post.ts'
import { outcomeOf, sendingOf, shown } from '../../../src/sinks/http/http-sending.ts'

const now = Date.UTC(2026, 0, 1)
const answer = (status: number, text = '', retryAfter?: string): HttpAnswer => ({
  status,
  text,
  retryAfter,
  header: () => undefined,
})
const failed = (message: string, retryAfterMs?: number) => ({
  type: 'failed',
  message,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

describe('an answer', () => {
  it.each([200, 201, 202, 204, 206, 299])('of %i is taken', (status) => {
    expect(outcomeOf(answer(status, 'whatever', '10'), now)).toEqual({ type: 'taken' })
  })

  it.each([
    [400, 'refused'],
    [422, 'refused'],
    [413, 'too-large'],
  ])('of %i is a refusal: %s', (status, reason) => {
    const message = `the destination answered ${status}: no`
    expect(outcomeOf(answer(status, 'no'), now)).toEqual({ type: 'refused', reason, message })
  })

  it.each([
    100, 101, 199, 300, 301, 302, 304, 307, 308, 401, 403, 404, 405, 408, 409, 415, 425, 429, 500, 501, 502,
    503, 504, 599, 0,
  ])('of %i is kept and sent again: somebody may mend it', (status) => {
    expect(outcomeOf(answer(status), now)).toEqual(failed(`the destination answered ${status}`))
  })

  it.each([
    ['7', 7000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
    // However long it asks for, it is asked again within ten minutes.
    ['601', 600_000],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 600_000],
    ['9'.repeat(400), 600_000],
  ])('with Retry-After: %s is waited for %i ms', (retryAfter, ms) => {
    expect(outcomeOf(answer(503, '', retryAfter), now)).toEqual(failed('the destination answered 503', ms))
  })

  it.each([[''], ['soon'], ['-5'], ['1.5'], ['NaN'], ['Infinity'], ['Thu, 31 Feb 2026 00:00:00 GMT']])(
    'with a Retry-After that is none, %o, asks for nothing',
    (retryAfter) => {
      expect(outcomeOf(answer(429, '', retryAfter), now)).toEqual(failed('the destination answered 429'))
    },
  )
})

describe('what it said', () => {
  it('is one line of at most 200 characters, without what a terminal would obey', () => {
    expect(shown('  a\r\n\tb\u001b[31mc é d ')).toBe('a b [31mc   d')
    expect(shown('x'.repeat(1000))).toHaveLength(200)
    expect(shown('\n\u0000')).toBe('')
  })
})

describe('a sending', () => {
  it('fails where there is no answer, and is over when there is one', async () => {
    const judge = (given: HttpAnswer) => outcomeOf(given, now)
    const lost = sendingOf(Promise.reject(new Error('gone')), judge)
    expect(await lost.outcome).toEqual(failed('gone'))
    const answered = sendingOf(Promise.resolve(answer(204)), judge)
    expect(answered.handedOver).toBe(answered.outcome)
    expect(await answered.outcome).toEqual({ type: 'taken' })
  })
})
