import { type Check, type Checks, type Defined, flag, resolveOptions } from '@tocsin/core'
import type { OperatorFunction } from 'rxjs'

import { badOption } from '../errors.ts'
import { eachSample, type SampleInput } from './each-sample.ts'
import { guess, type GuessTypesOptions } from './engine/guess.ts'

/** The defaults of {@link guessTypes}. */
export const defaultGuessTypesOptions: Readonly<Defined<GuessTypesOptions>> = Object.freeze({
  numbers: true,
  counterSuffixes: Object.freeze([]),
})

const suffixes: Check = (value) =>
  Array.isArray(value) && value.every((suffix) => typeof suffix === 'string' && suffix !== '')
    ? undefined
    : 'an array of endings of names, such as ["_total"]'

const checks: Checks<Defined<GuessTypesOptions>> = { numbers: flag, counterSuffixes: suffixes }

/**
 * Gives samples the kind that their value or their name speaks of, for protocols that do not say it: a text that is a decimal number,
 * with blanks around it perhaps, becomes a gauge, as Circonus guesses, and a gauge with one of the suffixes a counter.
 *
 * Hexadecimal, `inf`, `nan`, and what is too large for a double stay texts. Whole numbers beyond 2^53 keep all digits in `exact`.
 *
 * - Emits: at once and in order, samples as samples and batches as batches.
 * - Completes, errors: as its source. Wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: none. Time: none of its own; linear in the text, of which at most 154 characters are looked at.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { guessTypes } from '@tocsin/protocols/operators'
 * import { of } from 'rxjs'
 *
 * const hits = { series: series('hits_total'), time: 0, value: ' 42', kind: 'text' as const }
 * of(hits)
 *   .pipe(guessTypes({ counterSuffixes: ['_total'] }))
 *   .subscribe(({ kind, value }) => console.log(kind, value)) // => counter 42
 * ```
 */
export function guessTypes<Input extends SampleInput = SampleInput>(
  options: GuessTypesOptions = {},
): OperatorFunction<Input, Input> {
  const resolved = resolveOptions<Defined<GuessTypesOptions>>(
    defaultGuessTypesOptions,
    options,
    checks,
    badOption,
  )
  // Who changes his own afterwards changes nothing here.
  const copied = { ...resolved, counterSuffixes: [...resolved.counterSuffixes] }
  return eachSample<Input>(() => (sample) => guess(sample, copied))
}
