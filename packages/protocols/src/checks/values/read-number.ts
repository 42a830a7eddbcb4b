const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const whole = /^[+-]?\d+$/
/** As many digits as any number needs. */
const maxLength = 400

/** The number that a text is, as a whole; a whole one beyond 2^53 with all its digits. `undefined` where it is none. */
export function readNumber(text: string): number | bigint | undefined {
  if (text.length > maxLength || !decimal.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) || !whole.test(text) ? number : BigInt(text)
}

/** The value of a sample, and what it is exactly, where that is something else. */
export function measuredValue(number: number | bigint): { readonly value: number; readonly exact?: bigint } {
  const value = Number(number)
  return typeof number === 'number' || Number.isSafeInteger(value) ? { value } : { value, exact: number }
}
