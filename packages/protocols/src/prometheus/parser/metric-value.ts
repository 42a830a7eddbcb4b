import { readDecimal } from '../../wire/decimal.ts'

const longestWord = '+infinity'.length

const words = new Map([
  ['nan', Number.NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
])

/** What stands where {@link readDecimal} finds no number: NaN or infinity in any case, or `undefined` where it is neither. */
export function readWord(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > longestWord) return undefined
  let word = ''
  for (let at = start; at < end; at += 1) word += String.fromCharCode(bytes[at] ?? 0)
  return words.get(word.toLowerCase())
}

const encoder = new TextEncoder()

/** A number as it stands in a label: `+Inf`, `-Inf` or a decimal; NaN where it is none. */
export function numberOfLabel(text: string): number {
  if (text === '+Inf') return Infinity
  if (text === '-Inf') return -Infinity
  const bytes = encoder.encode(text)
  return readDecimal(bytes, 0, bytes.length)
}
