import { compileTagQuery, parseTagQuery, series, type TagQuery } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { indexQueries } from '../../src/selecting/query-index.ts'

const queryOf = (text: string): TagQuery => {
  const parsed = parseTagQuery(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`)
  return parsed.value
}

const leaf = fc.constantFrom(
  ...[
    '__name:cpu.used',
    '__name:cpu.idle',
    '__name:disk',
    '__name:cpu.*',
    '__name:c*',
    '__name:*.used',
    '__name:/^cpu/',
  ],
  ...[
    '__name:*',
    '__name:?pu.used',
    '__name:cpu.use?',
    '__name',
    'host:web-1',
    'host:web-2',
    'host:web-*',
    'host:/1$/',
  ],
  ...[
    'host',
    'env:prod',
    'env:*',
    '[glob]h*:web-1',
    '[glob]e*',
    'host:',
    '__name:""',
    '*',
    'toString:x',
    '__proto__',
  ],
)
const { query: queries } = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, depthSize: 'medium' },
    leaf,
    fc.array(tie('query'), { minLength: 1, maxLength: 3 }).map((of) => `and(${of.join(',')})`),
    fc.array(tie('query'), { minLength: 1, maxLength: 3 }).map((of) => `or(${of.join(',')})`),
    tie('query').map((of) => `not(${of})`),
  ),
}))
const allSeries = fc
  .tuple(
    fc.constantFrom('cpu.used', 'cpu.idle', 'cpu', 'disk', 'c', 'toString'),
    fc.dictionary(fc.constantFrom('host', 'env', 'toString'), fc.constantFrom('web-1', 'web-2', 'prod', 'x')),
  )
  .map(([metric, tags]) => series(metric, tags))

describe('the index of queries', () => {
  it('finds what each query says by itself, in order, each once', () => {
    fc.assert(
      fc.property(
        fc.array(queries, { maxLength: 12 }),
        fc.array(allSeries, { minLength: 1, maxLength: 8 }),
        (texts, several) => {
          const all = texts.map((text, value) => ({ query: queryOf(text), value }))
          const find = indexQueries(all)
          for (const one of [...several, ...several]) {
            const expected = all.filter(({ query }) => compileTagQuery(query)(one)).map(({ value }) => value)
            expect(find(one)).toEqual(expected)
          }
        },
      ),
      runs(1000),
    )
  })

  it('finds a query once whose every pattern matches', () => {
    const find = indexQueries([{ query: queryOf('or(__name:*.used,__name:*u.used)'), value: 'either' }])
    expect(find(series('cpu.used', {}))).toEqual(['either'])
  })

  it('tries few of thousands of queries for a series', () => {
    let tried = 0
    const counting = { kind: 'tag', category: { kind: 'exact', text: 'env' } } as const
    const all = Array.from({ length: 5000 }, (_, value) => {
      const query = {
        kind: 'and' as const,
        // A getter, so that the test sees which queries are looked into.
        get of() {
          tried += 1
          return [queryOf(`__name:metric${value}.*`), counting]
        },
      }
      return { query, value }
    })
    const find = indexQueries(all)
    const before = tried
    expect(find(series('metric77.x', { env: 'prod' }))).toEqual([77])
    expect(tried - before).toBeLessThan(10)
  })

  it('forgets the names that it knows before they are too many, and still finds what is right', () => {
    const find = indexQueries([{ query: queryOf('__name:*7'), value: 'seven' }])
    const found = Array.from({ length: 25_000 }, (_, index) => find(series(`m${index}`)).length)
    expect(found.every((count, index) => count === (index % 10 === 7 ? 1 : 0))).toBe(true)
  })
})
