import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressGuard, networkOf } from '../../src/connections/address-guard.ts'
import type { AllowedAddresses } from '../../src/connections/address-guard.ts'

const isRefused = (address: string, allow: AllowedAddresses = []): boolean =>
  addressGuard(allow).refusal(address) !== undefined

/** Ranges of RFC 6890 and its likes, by first and last address, counted here and not by a block list. */
const special: readonly [string, string][] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
]
const numberOf = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const textOf = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
const isSpecial = (number: number): boolean =>
  special.some(([first, last]) => number >= numberOf(first) && number <= numberOf(last))

/** Any address, and those at the edges of the ranges. */
const anyNumber = fc.oneof(
  fc.nat(2 ** 32 - 1),
  fc
    .tuple(fc.constantFrom(...special.flat().map(numberOf)), fc.integer({ min: -1, max: 1 }))
    .map(([edge, step]) => Math.min(Math.max(edge + step, 0), 2 ** 32 - 1)),
)

describe('an address that may be dialled', () => {
  it('is public, in whatever way an IPv4 address is written', () => {
    fc.assert(
      fc.property(anyNumber, (number) => {
        const plain = textOf(number)
        const [high, low] = [number >>> 16, number & 0xffff].map((part) => part.toString(16))
        const forms = [plain, `::ffff:${plain}`, `::ffff:${high}:${low}`, `0:0:0:0:0:FFFF:${high}:${low}`]
        forms.push(`64:ff9b::${plain}`, `64:ff9b::${high}:${low}`)
        for (const form of forms) expect([form, isRefused(form)]).toEqual([form, isSpecial(number)])
      }),
    )
  })

  it.each([
    ['::', true],
    ['::1', true],
    ['::10.0.0.1', true],
    ['fc00::1', true],
    ['fdff:ffff::1', true],
    ['fe80::1', true],
    ['fe80::1%eth0', true],
    ['::ffff:10.0.0.1%eth0', true],
    ['ff02::1', true],
    ['2001:db8::1', true],
    ['2002:7f00:1::', true],
    ['2001:0:7f00:1::', true],
    ['64:ff9b:1::7f00:1', true],
    ['2606:4700::1111', false],
    ['2a00:1450:4001::1', false],
    ['fbff::1', false],
  ])('%s is refused: %s', (address, expected) => {
    expect(isRefused(address)).toBe(expected)
  })

  it('may be private where that is allowed, and never one that gives out credentials', () => {
    const private_ = [
      '127.0.0.1',
      '10.0.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      '::1',
      'fd00::1',
    ]
    for (const each of private_) expect([each, isRefused(each, 'private')]).toEqual([each, false])
    const never = [
      '169.254.169.254',
      '100.100.100.200',
      'fd00:ec2::254',
      '::ffff:169.254.169.254',
      'fe80::1',
      '0.0.0.0',
    ]
    for (const each of never) expect([each, isRefused(each, 'private')]).toEqual([each, true])
  })

  it('is of a network that is named, and of no other', () => {
    const allow = ['10.1.0.0/16', '169.254.169.254', 'fd12::/16']
    for (const each of ['10.1.2.3', '::ffff:10.1.2.3', '169.254.169.254', 'fd12::1', '8.8.8.8'])
      expect([each, isRefused(each, allow)]).toEqual([each, false])
    for (const each of ['10.2.0.1', '127.0.0.1', '169.254.169.253', 'fd13::1'])
      expect([each, isRefused(each, allow)]).toEqual([each, true])
  })

  it('is what a name has, of which the others are left out', async () => {
    const found = (allow: AllowedAddresses, all: boolean): Promise<unknown> =>
      new Promise((resolve) =>
        addressGuard(allow).lookup('localhost', { all }, (error, address) => resolve(error ?? address)),
      )
    expect(await found([], true)).toMatchObject({ code: 'NOTIFY_ADDRESS_REFUSED' })
    expect(await found([], false)).toMatchObject({ code: 'NOTIFY_ADDRESS_REFUSED' })
    expect(await found(['127.0.0.0/8'], true)).toEqual([{ address: '127.0.0.1', family: 4 }])
    expect(await found(['127.0.0.0/8'], false)).toBe('127.0.0.1')
  })
})

it.each(['10.0.0.0/8', '10.0.0.1', '::1/128', 'fd00::/8'])('%s is a network', (text) => {
  expect(networkOf(text)).toBeDefined()
})

it.each([
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0/8',
  'example.com',
  '::1/129',
  'fe80::1%eth0/64',
  '',
  5,
  '1.2.3.4/8/8',
])('%s is no network', (text) => {
  expect(networkOf(text)).toBeUndefined()
})
