import { asciiText } from './ascii.ts'

// Powers of ten that a double holds exactly; with a mantissa below 2^53 one operation gives the correctly rounded value.
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
// As many as 64 bytes hold, far beyond any counter.
const maxExactDigits = 154

/**
 * The number that stands in the bytes as `[+-] digits [. digits] [e [+-] digits]` (either run of digits may be missing, not
 * both), or NaN. No spaces, hexadecimal, underscores, `inf` or `nan`; a value too large for a double is NaN as well.
 */
export function readDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  const first = bytes[at]
  if (first === 0x2b || first === 0x2d) at += 1
  const digitsFrom = at
  let mantissa = 0
  let scale = 0
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) break
    mantissa = mantissa * 10 + digit
  }
  let digits = at - digitsFrom
  if (at < end && bytes[at] === 0x2e) {
    const fractionFrom = (at += 1)
    for (; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - 0x30
      if (digit < 0 || digit > 9) break
      mantissa = mantissa * 10 + digit
    }
    scale = at - fractionFrom
    digits += scale
  }
  if (digits === 0) return Number.NaN
  if (at < end) return isExponent(bytes, at, end) ? finite(Number(asciiText(bytes, start, end))) : Number.NaN
  if (mantissa > Number.MAX_SAFE_INTEGER || scale > 22) return finite(Number(asciiText(bytes, start, end)))
  const magnitude = scale === 0 ? mantissa : mantissa / (powersOfTen[scale] ?? Number.NaN)
  return first === 0x2d ? -magnitude : magnitude
}

function isExponent(bytes: Uint8Array, start: number, end: number): boolean {
  if (((bytes[start] ?? 0) | 0x20) !== 0x65) return false
  const sign = bytes[start + 1]
  const from = start + (sign === 0x2b || sign === 0x2d ? 2 : 1)
  for (let at = from; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return false
  }
  return end > from
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN)

/** The exact value of a whole number beyond 2^53; `undefined` where the double is exact or the bytes are no plain integer. */
export function exactInteger(
  bytes: Uint8Array,
  start: number,
  end: number,
  value: number,
): bigint | undefined {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || end - start > maxExactDigits) return undefined
  const text = asciiText(bytes, start, end)
  // BigInt takes no plus sign.
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined
}
