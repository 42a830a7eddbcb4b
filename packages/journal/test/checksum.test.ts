import { crc32 } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checksumIn, checksumOf, u32At } from '../src/format/checksum.ts'

describe('the checksum of a few bytes', () => {
  it('is that of zlib, whatever they are, wherever they lie and however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(300), (bytes, from, cut) => {
        const at = Math.min(from, bytes.length)
        const middle = Math.min(at + cut, bytes.length)
        const whole = crc32(bytes.subarray(at))
        expect(checksumOf(bytes.subarray(at))).toBe(whole)
        expect(checksumIn(bytes, at, bytes.length - at)).toBe(whole)
        const before = checksumIn(bytes, at, middle - at)
        expect(checksumIn(bytes, middle, bytes.length - middle, before)).toBe(whole)
      }),
    )
  })
  it('stands beside numbers that are read without a view', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(4), (bytes, at) => {
        expect(u32At(bytes, at)).toBe(new DataView(bytes.buffer).getUint32(at, true))
      }),
    )
  })
})
