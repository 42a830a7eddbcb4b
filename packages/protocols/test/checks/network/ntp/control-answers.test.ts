import fc from 'fast-check'
import { expect, it } from 'vitest'

import {
  ntpTimeOf,
  numberOf,
  peersOf,
  variablesOf,
} from '../../../../src/checks/network/ntp/control-answers.ts'
import { statusOf } from './control-server.ts'

it('has peers, by their place in the choice', () => {
  const answer = statusOf([
    [7, 4],
    [0xfffe, 6],
  ])
  expect(peersOf(Buffer.concat([answer, Buffer.of(1, 2, 3)]))).toEqual([
    { association: 7, selection: 4 },
    { association: 0xfffe, selection: 6 },
  ])
  expect(peersOf(Buffer.alloc(0))).toEqual([])
})

it('has variables, with lines folded, texts quoted and the end filled up', () => {
  const text =
    'srcadr=192.0.2.1, leap=00,\r\nversion="ntpd 4, x", bare, =1, offset=-0.114, offset=9,\r\nflash=0x0\r\n\0\0'
  expect([...variablesOf(Buffer.from(text))]).toEqual([
    ['srcadr', '192.0.2.1'],
    ['leap', '00'],
    ['version', '"ntpd 4'],
    ['offset', '-0.114'],
    ['flash', '0x0'],
  ])
  expect([...variablesOf(Buffer.from('refid="GPS"'))]).toEqual([['refid', 'GPS']])
})

it('has numbers and times, and nothing else passes for them', () => {
  expect(['-0.114', '0x1F', '12', '+3'].map(numberOf)).toEqual([-0.114, 31, 12, 3])
  for (const value of ['', 'x', '1e5', '0x', 'Infinity', '1 2', '1.', '9'.repeat(400), undefined])
    expect(numberOf(value), value).toBeUndefined()
  const now = Date.UTC(2026, 10, 27)
  // Seconds since 1900, of a time 30 s before.
  const seconds = Math.floor(now / 1000) - 30 + 2_208_988_800
  expect(ntpTimeOf(`0x${seconds.toString(16)}.80000000`, now)).toBe(now - 29_500)
  for (const value of ['0x0.0', '0x00000000.00000000', 'x', '0x123456789.0', undefined])
    expect(ntpTimeOf(value, now), value).toBeUndefined()
})

it('is read whatever it is, in no more time than it has bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const answer = Buffer.from(bytes)
      expect(peersOf(answer)).toHaveLength(Math.floor(bytes.length / 4))
      for (const value of variablesOf(answer).values()) numberOf(value)
    }),
  )
  expect(variablesOf(Buffer.alloc(15_360, 'a')).size).toBe(0)
  expect(variablesOf(Buffer.alloc(15_360, '"=,')).size).toBeLessThan(2)
})
