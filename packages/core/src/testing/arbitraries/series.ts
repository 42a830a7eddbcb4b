import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

import type { Series, Tags } from '../../sample.ts'
import { buildSeries } from '../../series.ts'

const someText = (minLength: number): Arbitrary<string> =>
  fc.string({ unit: 'grapheme', minLength, maxLength: 12 })

// Names that senders use first, so that what fails shrinks to one; then those that break parsers and plain objects.
const category = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: fc.constantFrom('host', 'service', 'region', 'env') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'a:b', 'a,b', 'b"', 'größe', '__name'),
  },
  { weight: 1, arbitrary: someText(1) },
)
const tagValue = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'web-1', 'berlin') },
  { weight: 1, arbitrary: fc.constantFrom('', '/', 'a:b', '[1]', 'b"YQ=="', '日本') },
  { weight: 1, arbitrary: someText(0) },
)
const metricName = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: fc.constantFrom('cpu', 'queue.length', 'http.latency', 'disk.used_percent') },
  { weight: 1, arbitrary: someText(1) },
)

/** Tags as senders use them, and such as break parsers; at most four. Shrinks to none. */
export const anyTags = (): Arbitrary<Tags> => fc.dictionary(category, tagValue, { maxKeys: 4 })

/** A series of any name and tags that may be one. Shrinks to `cpu`. */
export const anySeries = (): Arbitrary<Series> =>
  fc
    .tuple(metricName, anyTags())
    .map(([name, tags]) => buildSeries(name, tags))
    .filter((built) => built.ok)
    .map(({ value }) => value)
