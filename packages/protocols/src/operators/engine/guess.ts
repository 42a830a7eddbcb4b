import type { Sample } from '@tocsin/core'

/** What `guessTypes` guesses: plain data. */
export interface GuessTypesOptions {
  /**
   * Whether a text that is a number becomes a gauge.
   * @defaultValue true
   */
  readonly numbers?: boolean | undefined
  /**
   * A gauge whose name ends in one of these, and that is not negative, becomes a counter: `['_total']`.
   * @defaultValue none
   */
  readonly counterSuffixes?: readonly string[] | undefined
}

/** Longer texts are no numbers that anybody writes. */
const maxLength = 154

// Each part has one way to match only, so that this takes linear time.
const decimal = /^[ \t]*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[ \t]*$/

/** The sample, with another kind where its value or its name says so. */
export function guess(sample: Sample, { numbers = true, counterSuffixes = [] }: GuessTypesOptions): Sample {
  const guessed = numbers && sample.kind === 'text' ? (asNumber(sample) ?? sample) : sample
  if (guessed.kind !== 'gauge' || !(guessed.value >= 0)) return guessed
  const { metric } = guessed.series
  return counterSuffixes.some((suffix) => metric.endsWith(suffix)) ? { ...guessed, kind: 'counter' } : guessed
}

function asNumber(sample: Sample & { readonly kind: 'text' }): Sample | undefined {
  if (sample.value.length > maxLength) return undefined
  const digits = decimal.exec(sample.value)?.[1]
  if (digits === undefined) return undefined
  const value = Number(digits)
  if (!Number.isFinite(value)) return undefined
  const isWhole = Math.abs(value) > Number.MAX_SAFE_INTEGER && /^[+-]?\d+$/.test(digits)
  // BigInt takes no plus sign.
  return { ...sample, value, kind: 'gauge', ...(isWhole && { exact: BigInt(digits.replace('+', '')) }) }
}
