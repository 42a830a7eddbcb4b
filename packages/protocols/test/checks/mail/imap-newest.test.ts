import fc from 'fast-check'
import { expect, it } from 'vitest'

import { timeOf } from '../../../src/checks/mail/imap-newest.ts'

it.each([
  ['17-Jul-1996 02:44:25 -0700', '1996-07-17T09:44:25Z'],
  [' 1-jan-2026 00:00:00 +0000', '2026-01-01T00:00:00Z'],
  ['29-Feb-2024 23:59:59 +0530', '2024-02-29T18:29:59Z'],
  ['31-Dec-2016 23:59:60 +0000', '2017-01-01T00:00:00Z'],
  ['01-Jan-0050 00:00:00 +0000', '0050-01-01T00:00:00Z'],
])('reads %j', (text, time) => {
  expect(timeOf(text)).toBe(Date.parse(time))
})

it.each([
  '',
  '17-Jul-1996',
  '17-Jux-1996 02:44:25 -0700',
  'Wed, 17 Jul 1996 02:44:25 -0700',
  '31-Feb-2026 00:00:00 +0000',
  ' 0-Jan-2026 00:00:00 +0000',
  '01-Jan-2026 24:00:00 +0000',
  '01-Jan-2026 00:60:00 +0000',
  '01-Jan-2026 00:00:61 +0000',
  '01-Jan-2026 00:00:00 +9999',
])('takes %j for none', (text) => {
  expect(timeOf(text)).toBeUndefined()
})

it('gives a whole number or nothing, whatever it is given', () => {
  const part = fc.constantFrom('1', '39', '-', 'Feb', '2026', ' ', ':', '59', '99', '+0100', 'x')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 14 }).map((parts) => parts.join('')),
      ),
      (text) => {
        expect(Number.isInteger(timeOf(text) ?? 0)).toBe(true)
      },
    ),
  )
})
