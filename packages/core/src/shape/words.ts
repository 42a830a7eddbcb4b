import { type Duration, parseDuration } from '../duration.ts'
import { maxTagQueryLength, parseTagQuery } from '../tag-query-parser.ts'
import type { Series } from '../sample.ts'
import { mapOf } from './collection.ts'
import { Flaw, found } from './flaw.ts'
import { object } from './object.ts'
import { advise, refine } from './refine.ts'
import { text } from './scalar.ts'
import type { Shape } from './shape.ts'

/** What to write instead of a duration of several parts, such as `1h30m`. */
export const durationAdvice = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\s*[\d.]+\s*[a-z]+\s*\d/i.test(value)
    ? 'say one number and a unit, such as "90m"'
    : undefined

/** A duration, or with `'above 0'` one that is not nothing. */
export function duration(range: 'from 0' | 'above 0' = 'from 0'): Shape<Duration> {
  const [sign, words] = range === 'above 0' ? ['(?!0+[a-z])', ' above 0'] : ['', '']
  const shape = refine(
    text(
      2,
      14,
      `a duration${words} such as "250ms", "30s", "5m", "1h" or "1d"`,
      `^${sign}[0-9]{1,12}(ms|s|m|h|d)$`,
    ),
    (value) =>
      parseDuration(value) === undefined
        ? new Flaw('', `must be less than 2^53 milliseconds, got ${value}`)
        : undefined,
  )
  // The pattern is what the type says.
  return advise(shape as Shape<unknown> as Shape<Duration>, durationAdvice)
}

/** A text that is a tag query. */
export const tagQuery: Shape<string> = refine(text(1, maxTagQueryLength, 'a tag query'), (value) => {
  const query = parseTagQuery(value)
  return query.ok
    ? undefined
    : new Flaw('', `must be a tag query, got ${found(value)}: ${query.message}, at character ${query.offset}`)
})

const word = text(1, 8192)

/** A series, and whatever else it holds. Its parts may be longer than those that `series` makes. */
export const seriesShape: Shape<Series> = object(
  { key: word, metric: word, tags: mapOf(word, text(0, 8192), 1024) },
  { open: true },
)
