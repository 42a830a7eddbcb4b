import { series } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { createFindings } from '../../src/checks/findings.ts'

const take = (secret?: string) => {
  const found = createFindings(() => 5)
  if (secret !== undefined) found.hide(secret)
  return found
}

describe('findings', () => {
  it('show no secret in texts, and take nothing by a name or with a tag that has one', () => {
    const found = take('hunter2')
    found.text('said', 'no "hunter2" here')
    found.add([
      { series: series('other'), time: 1, value: 'as hunter2', kind: 'text' },
      { series: series('hunter2'), time: 1, value: 1, kind: 'gauge' },
      { series: series('tagged', { user: 'hunter2' }), time: 1, value: 1, kind: 'gauge' },
    ])
    found.gauge('of`hunter2', 1)
    found.gauge('hunter2000', 2)
    expect(found.samples.map(({ series: { key }, value }) => [key, value])).toEqual([
      ['said', 'no "..." here'],
      ['other', 'as ...'],
      ['hunter2000', 2],
    ])
    expect(found.leftOut()).toBe(3)
    expect(found.shown('wrong: hunter2')).toBe('wrong: ...')
  })

  it('hide what would begin in a text and end beyond its length', () => {
    const found = take('a long secret')
    found.text('said', `${'x'.repeat(1020)} a long secret`)
    expect(found.samples[0]?.value).toBe(`${'x'.repeat(1020)} ...`)
  })

  it('hide the same secret again and again at no cost, and no secret that is no text', () => {
    const found = take()
    const secrets = Array.from({ length: 20_000 }, (_, at) => `secret number ${at % 10}`)
    for (const secret of secrets) found.hide(secret)
    found.text('said', 'as secret number 7')
    expect(found.samples[0]?.value).toBe('as ...')
    expect(() => found.hide(undefined as never)).toThrow('hide takes texts')
    expect(found.shown('secret number 3')).toBe('...')
  })

  it('count samples beyond the most, and look at none of them', () => {
    const found = take()
    const one = { series: series('a'), time: 1, value: 1, kind: 'gauge' as const }
    found.add([...Array.from({ length: 10_000 }, () => one), null as never, one])
    found.add([one])
    expect([found.samples.length, found.leftOut()]).toEqual([10_000, 3])
  })

  it('are as they are where nothing is to be hidden', () => {
    const found = take()
    found.text('hunter2', 'hunter2')
    expect(found.samples).toMatchObject([{ series: { key: 'hunter2' }, value: 'hunter2' }])
    expect(found.shown('hunter2…')).toBe('hunter2…')
  })
})
