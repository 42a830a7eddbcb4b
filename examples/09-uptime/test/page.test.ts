import { describe, expect, it } from 'vitest'

import { dayCount, type Day } from '../days.ts'
import { bar, colorOf } from '../page/bar.ts'
import { percent } from '../page/html.ts'
import { page } from '../page/page.ts'
import { startPage } from '../page/server.ts'

const now = Date.UTC(2026, 2, 31, 12)
const shop = { name: 'shop', state: 'good', status: 'good' } as const
const day = (known: number, available: number): Day => ({ start: now, known, available })

describe('the page', () => {
  it('shows text of others as text, wherever it is', () => {
    const hostile = `<script>alert("1")</script>' & more`
    const text = page({ targets: [{ ...shop, name: hostile, status: hostile }], days: new Map(), now })
    expect(text).not.toContain('<script')
    expect(text).not.toContain('alert("1")')
    expect(text.match(/&#60;script&#62;alert\(&#34;1&#34;\)/g)).toHaveLength(3)
  })

  it('says that all is up only where all is known to be', () => {
    const headline = (...states: readonly ('good' | 'warning' | 'bad' | 'unknown')[]) =>
      /<title>(.*)<\/title>/.exec(
        page({ targets: states.map((state) => ({ ...shop, state })), days: new Map(), now }),
      )?.[1]
    expect(headline('good', 'good')).toBe('All up')
    expect(headline('good', 'warning')).toBe('All up, 1 with a warning')
    expect(headline('good', 'unknown')).toBe('1 of 2 unknown')
    expect(headline('good', 'unknown', 'bad')).toBe('1 of 3 down')
    expect(headline()).toBe('No targets')
  })

  it('is grey over 90 days where nothing is known of a target', () => {
    const text = page({ targets: [shop], days: new Map(), now })
    expect(text.match(/<rect class="unknown"/g)).toHaveLength(dayCount)
    expect(text).not.toMatch(/<rect class="(good|warning|bad)"/)
    expect(text).toContain('<span>unknown</span>')
  })

  it.each([
    [15, 'good', '15 days left'],
    [13.9, 'warning', '13 days left'],
    [1.5, 'bad', '1 day left'],
    [-0.1, 'bad', 'has ended'],
  ])('shows a certificate for %d days as %s', (days, state, words) => {
    const target = { ...shop, certificateEnds: now + days * 86_400_000 }
    const text = page({ targets: [target], days: new Map(), now })
    expect(text).toMatch(new RegExp(`certificate text-${state}">certificate.*${words}<`))
  })

  it('says until when the past is made up', () => {
    expect(page({ targets: [], days: new Map(), now })).not.toContain('made up')
    expect(page({ targets: [], days: new Map(), now, inventedUntil: now })).toContain(
      'from before 2026-03-31 12:00 UTC is made up',
    )
  })
})

describe('a day', () => {
  it.each([
    [day(1, 1), 'good'],
    [day(1, 0.97), 'warning'],
    [day(1, 0.5), 'bad'],
    [day(0.1, 1), 'good'],
    [day(0, NaN), 'unknown'],
  ])('%j is %s', (one, color) => {
    expect(colorOf(one)).toBe(color)
  })

  it('is coloured as far up as it is known', () => {
    expect(bar('shop', [day(0.5, 1)])).toContain('class="good" x="0" width="6" y="16" height="16"')
    expect(bar('shop', [day(0.5, 1)])).toContain('100 % of the 50.000 % that is known')
  })
})

it('rounds no availability up to 100 %', () => {
  expect([1, 0.999_999_9, 0.5, 0, NaN].map(percent)).toEqual([
    '100 %',
    '99.999 %',
    '50.000 %',
    '0.000 %',
    'unknown',
  ])
})

describe('the server of the page', () => {
  it('answers to those who read, under a policy that lets no script run', async () => {
    await using server = await startPage(0, async () => ({ targets: [shop], days: new Map(), now }))
    const { status, headers } = await fetch(server.url)
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'")
    expect((await fetch(`${server.url}style.css`)).headers.get('content-type')).toContain('text/css')
    expect((await fetch(`${server.url}../main.ts`)).status).toBe(404)
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405)
  })
})
