import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { buildSeries, metric, series } from '@tocsin/core'

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', 'a,b', 'b"x"', 'ö', '\ud800', 'x'.repeat(300)),
)
const invalid = (message: string): object =>
  expect.objectContaining({
    name: 'TypeError',
    code: 'SERIES_INVALID',
    message: expect.stringContaining(message) as string,
  }) as object

describe('metric()', () => {
  it('gives what series() gives, or throws where it throws, whatever the tags; and the same object for the same tags', () => {
    const categories = fc.uniqueArray(text, { maxLength: 4 })
    const calls = categories.chain((names) =>
      fc.tuple(
        fc.constant(names),
        fc.array(fc.tuple(...names.map(() => text)), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
      ),
    )
    fc.assert(
      fc.property(calls, ([names, rows, maxSeries]) => {
        const possible = buildSeries('m', Object.fromEntries(names.map((name) => [name, ''])))
        if (!possible.ok) {
          expect(() => metric('m', names)).toThrow(invalid(possible.message))
          return
        }
        const find = metric<string>('m', names, { maxSeries })
        for (const row of rows) {
          const tags = Object.fromEntries(names.map((name, at) => [name, row[at] ?? '']))
          const expected = buildSeries('m', tags)
          if (!expected.ok) {
            expect(() => find(tags)).toThrow(invalid(expected.message))
            continue
          }
          const found = find(tags)
          expect(found).toEqual(expected.value)
          expect(found).toEqual(series('m', tags))
          expect(find({ ...tags })).toBe(found)
        }
      }),
      {
        examples: [
          [
            [
              ['__proto__', 'constructor'],
              [
                ['__proto__', ''],
                ['', '__proto__'],
              ],
              2,
            ],
          ],
        ],
      },
    )
  })

  it('keeps at most maxSeries, and makes all anew when it has dropped them', () => {
    const find = metric('m', ['a', 'b'], { maxSeries: 2 })
    const first = find({ a: '1', b: '1' })
    const second = find({ a: '1', b: '2' })
    expect([find({ a: '1', b: '1' }), find({ a: '1', b: '2' })]).toEqual([first, second])
    expect(find({ a: '1', b: '1' })).toBe(first)
    const third = find({ a: '2', b: '1' })
    expect(find({ a: '2', b: '1' })).toBe(third)
    const again = find({ a: '1', b: '1' })
    expect(again).toEqual(first)
    expect(again).not.toBe(first)
  })

  it('keeps 10,000 without being told, and no tags that it refused', () => {
    const find = metric('m', ['a'])
    const first = find({ a: '0' })
    expect(() => find({ a: 'x'.repeat(300) })).toThrow(invalid('at most'))
    for (let index = 1; index < 10_000; index += 1) find({ a: `${index}` })
    expect(find({ a: '0' })).toBe(first)
    find({ a: 'one more' })
    expect(find({ a: '0' })).not.toBe(first)
  })

  it('lets nobody change the series that others get', () => {
    const latency = metric('http.latency', ['route'])
    const tags: Record<string, string> = latency({ route: '/a' }).tags
    expect(() => (tags['route'] = '/b')).toThrow(TypeError)
    expect(latency({ route: '/a' }).tags.route).toBe('/a')
  })

  it('needs no tags where it has no categories', () => {
    const uptime = metric('uptime')
    expect(uptime()).toEqual(series('uptime'))
    expect(uptime()).toBe(uptime())
  })

  it('reads its categories only, so that a whole event may be given', () => {
    const latency = metric('http.latency', ['route', 'method'])
    const request = { route: '/a', method: 'GET', ms: 12, at: 0 }
    expect(latency(request)).toBe(latency({ method: 'GET', route: '/a' }))
    expect(latency(request).key).toBe('http.latency|ST[method:GET,route:/a]')
  })

  it('says which tag of which metric is missing or no string', () => {
    const find = metric('http.latency', ['route', 'constructor']) as (tags?: unknown) => unknown
    const said = (category: string, got: string): object =>
      invalid(`metric "http.latency": tag "${category}" is ${got}; give it a string`)
    expect(() => find()).toThrow(said('route', 'nothing'))
    expect(() => find(null)).toThrow(said('route', 'nothing'))
    expect(() => find({ ruote: '/a' })).toThrow(said('route', 'nothing'))
    expect(() => find({ route: 5 })).toThrow(said('route', 'a value of type number'))
    expect(() => find({ route: '/a' })).toThrow(said('constructor', 'a value of type function'))
    expect(() => find({ route: new String('/a'), constructor: '' })).toThrow(
      said('route', 'a value of type object'),
    )
  })

  it('refuses wrong names, categories and options at the call', () => {
    const wrong = metric as (...args: unknown[]) => unknown
    for (const args of [
      [],
      [5],
      [''],
      ['m|ST[a:b]'],
      ['m', 'route'],
      ['m', null],
      ['m', ['']],
      ['m', [5]],
      ['m', [,]],
      ['m', ['a', 'a']],
      ['m', ['x'.repeat(300)]],
      ['m', Array.from({ length: 257 }, (_, index) => `c${index}`)],
      ['m', [], { maxSeries: 0 }],
      ['m', [], { maxSeries: 1.5 }],
      ['m', [], { max: 1 }],
    ]) {
      expect(() => wrong(...args)).toThrow(invalid('SERIES_INVALID'))
    }
  })
})
