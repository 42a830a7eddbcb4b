import { describe, expect, it } from 'vitest'

import { decodeSnappy, encodeSnappy, snappyLength } from '../../../src/wire/binary/snappy.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const limit = 1 << 20
const decoded = (hex: string): unknown => {
  const unpacked = decodeSnappy(bytes(hex), limit)
  return typeof unpacked === 'string' ? unpacked : Buffer.from(unpacked).toString('latin1')
}

/** That of prometheus/client_golang#1917: 47 bytes that say they are 2.7 GB. */
const liar = '97eab4890a170a085f5f6e616d655f5f120b746573745f6d6574726963121009000000000000f03f10d48fc9b2a333'

describe('snappy', () => {
  it.each([
    ['nothing', '00', ''],
    ['a literal', '03 08 616263', 'abc'],
    ['a literal with one byte of length', `3d f03c ${'61'.repeat(61)}`, 'a'.repeat(61)],
    ['a literal with four bytes of length', '01 fc 00000000 61', 'a'],
    ['a copy of itself', '05 00 61 01 01', 'aaaaa'],
    ['a copy with two bytes of offset', '06 08 616263 0a 0300', 'abcabc'],
    ['a copy with four bytes of offset', '06 08 616263 0b 03000000', 'abcabc'],
    ['a copy of two bytes over and over', '0a 04 6162 1e 0200', 'ababababab'],
    ['a length that is longer than it must be', '8300 08 616263', 'abc'],
  ])('unpacks %s', (_, hex, text) => expect(decoded(hex.replaceAll(' ', ''))).toBe(text))

  it.each([
    ['nothing at all', ''],
    ['a length without end', '8080808080'],
    ['a length of more than 32 bits', 'ffffffff1f 00 61'],
    ['a length that is cut off', '80'],
    ['a length and nothing', '03'],
    ['fewer bytes than it says', '04 08 616263'],
    ['more bytes than it says', '02 08 616263'],
    ['a literal that is cut off', '03 08 6162'],
    ['a literal whose length is cut off', '03 f4 00'],
    ['a literal of 4 GB', '03 fc ffffffff 616263'],
    ['a copy of nothing', '04 00 61 01 00'],
    ['a copy from before the start', '05 00 61 01 02'],
    ['a copy before anything', '04 01 01'],
    ['a copy that is cut off', '05 00 61 01'],
    ['a copy of two bytes that is cut off', '05 00 61 0e 01'],
    ['a copy of four bytes that is cut off', '05 00 61 0f 010000'],
    ['a copy from 4 GB before', '05 00 61 0f ffffffff'],
    ['a copy beyond what it says', '04 00 61 01 01'],
    [
      'what could never become so much',
      `${Buffer.from(Uint8Array.of(0x80, 0x80, 0x3f)).toString('hex')} 08 616263`,
    ],
  ])('refuses %s', (_, hex) => expect(decoded(hex.replaceAll(' ', ''))).toBe('malformed'))

  it('believes no length before it is compared with the limit', () => {
    const { arrayBuffers } = process.memoryUsage()
    expect(snappyLength(bytes(liar))).toBe(2_704_094_487)
    expect(decodeSnappy(bytes(liar), 32 << 20)).toBe('too-large')
    expect(decodeSnappy(bytes(liar), 2 ** 32)).toBe('malformed')
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(1 << 20)
  })

  it('unpacks just so much as is allowed', () => {
    expect(decodeSnappy(bytes('0308616263'), 3)).toEqual(bytes('616263'))
    expect(decodeSnappy(bytes('0308616263'), 2)).toBe('too-large')
  })

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a mebibyte of nulls', new Uint8Array(1 << 20)],
    [
      'what repeats at the end of a block and in the next',
      Uint8Array.from({ length: 200_000 }, (_, at) => (at % 65_536) % 251),
    ],
    ['what never repeats', Uint8Array.from({ length: 100_000 }, (_, at) => Math.imul(at, 0x9e3779b1) >>> 24)],
  ])('packs %s so that it can be unpacked', (_, plain) => {
    const packed = encodeSnappy(plain)
    expect(packed.length).toBeLessThanOrEqual(32 + Math.ceil((plain.length * 7) / 6))
    expect(Buffer.from(decodeSnappy(packed, plain.length) as Uint8Array).equals(plain)).toBe(true)
  })

  it('packs what repeats into little', () => {
    expect(encodeSnappy(Buffer.from('a label and its value, '.repeat(1000))).length).toBeLessThan(1200)
  })
})
