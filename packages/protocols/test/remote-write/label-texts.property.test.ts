import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createLabelTexts } from '../../src/remote-write/label-texts.ts'
import { decodeUtf8 } from '../../src/wire/utf8.ts'

const bytes = fc.oneof(
  fc.string({ maxLength: 70 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'grapheme', maxLength: 10 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 5 }),
)

describe('a reader of the texts of labels', () => {
  it('reads what a decoder does, whatever it read before', () => {
    const read = createLabelTexts()
    fc.assert(
      fc.property(bytes, fc.nat(3), (text, padding) => {
        const padded = Buffer.concat([Buffer.alloc(padding, 0x61), text, Buffer.from('é')])
        const [start, end] = [padding, padding + text.length]
        expect(read(padded, start, end)).toBe(decodeUtf8(padded, start, end))
        expect(read(padded, start, end)).toBe(decodeUtf8(padded, start, end))
      }),
      { numRuns: 5000 },
    )
  })

  it('takes no bytes that are no UTF-8 for a text of as many units with these numbers', () => {
    const read = createLabelTexts()
    expect(read(Buffer.from('é'), 0, 2)).toBe('é')
    expect(read(Uint8Array.of(0xe9), 0, 1)).toBeUndefined()
    expect(read(Uint8Array.of(0xc3, 0xa9), 0, 2)).toBe('é')
  })
})
