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

/** What stands where `readDecimal` finds no number: NaN or infinity in any case, or `undefined` where it is neither. */
export function readWord(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > longestWord) return undefined
  let word = ''
  for (let at = start; at < end; at += 1) word += String.fromCharCode(bytes[at] ?? 0)
  return words.get(word.toLowerCase())
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** A number as it stands in a label: `+Inf`, `-Inf` or a decimal as `readDecimal` reads it; NaN where it is none. */
export function numberOfLabel(text: string): number {
  if (text === '+Inf') return Infinity
  if (text === '-Inf') return -Infinity
  const value = decimal.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : Number.NaN
}
