import fc from 'fast-check'

const surrogates = 0x800
const firstSurrogate = 0xd800

/** Any character of Unicode, as a unit of `fc.string`: as its own `'binary'`, whose tables take two seconds to be made. */
export const anyCodePoint: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCodePoint(code)),
  fc
    .integer({ min: 0, max: 0x10ffff - surrogates })
    .map((code) => String.fromCodePoint(code < firstSurrogate ? code : code + surrogates)),
)
