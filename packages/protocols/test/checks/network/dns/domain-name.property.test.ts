import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  BadDnsMessage,
  decodeName,
  encodeName,
  reverseName,
} from '../../../../src/checks/network/dns/domain-name.ts'

const label = fc.uint8Array({ minLength: 1, maxLength: 63 })
const wire = fc
  .array(label, { maxLength: 4 })
  .map((labels) => Buffer.concat([...labels.flatMap((one) => [Buffer.of(one.length), one]), Buffer.of(0)]))
  .filter(({ length }) => length <= 255)

describe('a domain name', () => {
  it('is the same after it was read and written', () => {
    fc.assert(
      fc.property(wire, (bytes) => {
        const [name, end] = decodeName(bytes, 0)
        expect(end).toBe(bytes.length)
        expect(Buffer.from(encodeName(name) as Uint8Array).equals(bytes)).toBe(true)
        expect(name).toMatch(/^[\x21-\x7e]+$/)
      }),
    )
  })

  it('is read, or is none, in as many steps as it has bytes, whatever they are', () => {
    const pointers = fc.constantFrom(0xc0, 0xc1, 0, 1, 2, 63, 64, 255)
    fc.assert(
      fc.property(fc.array(pointers, { maxLength: 600 }), fc.nat(600), (bytes, start) => {
        try {
          const [name, end] = decodeName(Buffer.from(bytes), start)
          expect(name.length).toBeLessThanOrEqual(4 * 255)
          expect(end).toBeGreaterThan(start)
        } catch (error) {
          expect(error).toBeInstanceOf(BadDnsMessage)
        }
      }),
    )
  })

  it.each([
    ['to itself', [0xc0, 0]],
    ['in a circle', [0xc0, 2, 0xc0, 0]],
    ['forwards', [0xc0, 2, 0]],
    ['beyond the end', [0xc3, 0xff]],
  ])('does not refer %s', (_, bytes) => {
    for (const start of bytes.keys())
      if ((bytes[start] ?? 0) >= 0xc0 && start % 2 === 0)
        expect(() => decodeName(Buffer.from([...bytes, 0xc0, start]), bytes.length)).toThrow(BadDnsMessage)
  })

  it('is at most 255 bytes long, though a few bytes say more', () => {
    // Each part begins with a label and goes on at the part before it.
    const parts: number[] = [0]
    let before = 0
    for (let count = 0; count < 200; count += 1) {
      const at = parts.length
      parts.push(1, 0x61, 0xc0 | (before >> 8), before & 0xff)
      before = at
    }
    expect(() => decodeName(Buffer.from(parts), before)).toThrow('a name has more than 255 bytes')
  })

  it('is refused where it is none', () => {
    for (const name of ['a..b', '.a', 'a'.repeat(64), 'a.'.repeat(128), 'a\\', 'a\\999', 'a\\1b'])
      expect(encodeName(name), name).toEqual(expect.any(String))
    expect(encodeName('.')).toEqual(Uint8Array.of(0))
    expect(encodeName('a.')).toEqual(encodeName('a'))
  })

  it('is that of an address, for its host', () => {
    expect(reverseName('192.0.2.7')).toBe('7.2.0.192.in-addr.arpa')
    const zeros = '0.'.repeat(20)
    expect(reverseName('2001:db8::1f')).toBe(`f.1.0.0.${zeros}8.b.d.0.1.0.0.2.ip6.arpa`)
    expect(reverseName('::')).toBe(`${'0.'.repeat(32)}ip6.arpa`)
    expect(reverseName('1:2:3:4:5:6:7:8')).toBe(
      '8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa',
    )
  })
})
