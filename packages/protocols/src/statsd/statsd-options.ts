import { oneOf, resolveOptions, wholeNumber, type Checks, type Defined } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultLineParserOptions, lineParserChecks, type LineParserOptions } from '../wire/line-parser.ts'

/** What the two grammars of statsd do not agree on. */
export interface StatsdGrammarOptions {
  /**
   * What `g:-3|g` and `g:+3|g` mean. To etsy's daemon and most others they are changes (`'delta'`), to Datadog's agent the numbers
   * -3 and 3 (`'absolute'`). `'by-line'`: absolute where the line has a field of DogStatsD (`|#`, `|T`, `|c:`, `|e:`, `|card:`), else
   * changes. Where a client without tags is Datadog's, or one with tags sends changes, say which.
   * @defaultValue 'by-line'
   */
  readonly gaugeSign?: 'by-line' | 'delta' | 'absolute' | undefined
  /**
   * How long after its last line the last value of a gauge is kept, ms of arrival time; a change that comes later starts from 0.
   * @defaultValue 86400000
   */
  readonly gaugeExpiryMs?: number | undefined
}

/** Limits of `createStatsdParser`, and which grammar it reads. */
export interface StatsdParserOptions extends LineParserOptions, StatsdGrammarOptions {}

/** The defaults of the grammar. */
export const defaultGrammar: Defined<StatsdGrammarOptions> = {
  gaugeSign: 'by-line',
  gaugeExpiryMs: 24 * 3_600_000,
}

/** What is allowed. */
export const grammarChecks: Checks<StatsdGrammarOptions> = {
  gaugeSign: oneOf('by-line', 'delta', 'absolute'),
  gaugeExpiryMs: wholeNumber(1),
}

/** The options of a parser, checked. */
export const resolveStatsdParserOptions = (given: StatsdParserOptions): Defined<StatsdParserOptions> =>
  resolveOptions<Defined<StatsdParserOptions>>(
    { ...defaultLineParserOptions, ...defaultGrammar },
    given,
    { ...lineParserChecks, ...grammarChecks },
    badOption,
  )
