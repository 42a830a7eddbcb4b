import { describe, expect, it } from 'vitest'

import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { createTrapHandler } from '../../src/http-trap/trap-handler.ts'
import type { HttpRequest } from '../../src/http/http-request.ts'
import { collectBody } from '../collect.ts'

/** Two long names around many short ones. */
const amplified = (children: number): string => {
  const inner = Array.from({ length: children }, (_, index) => `"k${index}":1`)
  return `{"${'a'.repeat(2000)}":{"${'b'.repeat(2000)}":{${inner.join()}}}}`
}

describe('the names of a body', () => {
  it.each([
    ['that long names make many times its size', amplified(90_000)],
    ['without values', amplified(90_000).replaceAll(':1', ':{}')],
    [
      'of tags',
      `{"${'a'.repeat(3000)}":[${Array.from({ length: 20_000 }, (_, index) => `{"_value":1,"_tags":["t:${index}"]}`).join()}]}`,
    ],
  ])('are bounded by it: %s', (_, body) => {
    const { samples, problems, outcome } = collectBody(createHttpTrapParser(), body)
    const characters = samples.reduce((sum, { series }) => sum + series.key.length, 0)
    expect(characters).toBeLessThan(16 * body.length + 1024 * 1024 + 8192)
    expect(problems).toEqual([])
    if (characters > 1024 * 1024) expect(outcome.stopped?.reason).toBe('too-many-series')
  })

  it('that it shares with a body before count no more', () => {
    const parser = createHttpTrapParser({ maxNameBytes: 2 ** 30 })
    const body = amplified(200)
    for (let time = 0; time < 20; time += 1)
      expect(collectBody(parser, body).outcome).toEqual({ filtered: 0 })
  })

  it('may all be new where they are as long as names are', () => {
    const values = Array.from(
      { length: 50_000 },
      (_, index) => `"service.endpoint${index}.latency|ST[host:web-1]":1`,
    )
    const { samples, outcome } = collectBody(createHttpTrapParser(), `{${values.join()}}`)
    expect([samples.length, outcome]).toEqual([50_000, { filtered: 0 }])
  })
})

describe('a long body', () => {
  const long = Buffer.from(`{"a":[${'1,'.repeat(99_999)}1]}`)
  const sink = { sample: () => undefined, problem: () => undefined }

  it('is read in slices, new names in shorter ones, and gives the same', () => {
    const parser = createHttpTrapParser()
    const slices = (): readonly number[] => {
      const counts = [0]
      const counting = { ...sink, sample: () => (counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1) }
      const reading = parser.start(long, 0, counting)
      while (reading.next() === undefined) counts.push(0)
      expect(reading.next()).toEqual({ filtered: 0 })
      return counts
    }
    const [first, second] = [slices(), slices()]
    for (const counts of [first, second]) expect(counts.reduce((sum, count) => sum + count)).toBe(100_000)
    expect(Math.max(...first)).toBeLessThan(4000)
    expect(second.length).toBeGreaterThan(1)
    expect(Math.max(...second)).toBeLessThan(70_000)
  })

  it('is taken in turns with others, one slice of one body in each', async () => {
    const handler = createTrapHandler('/trap', 'door', createHttpTrapParser())
    const request = {} as HttpRequest
    const order: string[] = []
    let turns = 0
    const count = (): void => {
      turns += 1
      if (order.length < 3) setImmediate(count)
    }
    setImmediate(count)
    const longs = ['one', 'other'].map(async (name) => {
      await handler.take(long, request, 0, sink)
      order.push(name)
    })
    const short = handler.take(Buffer.from('{"a":1}'), request, 0, sink)
    expect(short).toEqual({ filtered: 0 })
    order.push('short')
    await Promise.all(longs)
    expect(order[0]).toBe('short')
    expect(turns).toBeGreaterThan(20)
  })
})

describe('a hostile body', () => {
  it.each([
    ['a megabyte of digits', `{"a":${'1'.repeat(1e6)},"b":1}`, 1, undefined],
    ['a megabyte of digits behind a point', `{"a":0.${'1'.repeat(1e6)},"b":1}`, 1, undefined],
    ['a megabyte of digits as text', `{"a":"${'1'.repeat(1e6)}","b":1}`, 1, undefined],
    [
      'a megabyte of digits with a type',
      `{"a":{"_type":"L","_value":${'1'.repeat(1e6)}},"b":1}`,
      1,
      undefined,
    ],
    ['a megabyte of a list', `{"a":{"_value":[${'1234567.125,'.repeat(90_000)}1]},"b":1}`, 2, undefined],
    ['a megabyte of brackets', '['.repeat(1e6), 0, 'too-deep'],
    ['a megabyte of braces', '{"a":'.repeat(2e5), 0, 'too-deep'],
    ['a megabyte of a name', `{"${'a'.repeat(1e6)}":{"x":1},"b":1}`, 1, undefined],
    ['a megabyte of escapes', `{"${'\\u0041'.repeat(2e5)}":1,"b":1}`, 1, undefined],
    ['a megabyte of space', `{"b":1${' '.repeat(1e6)}}`, 1, undefined],
    ['a string without end', `{"b":1,"a":"${'x'.repeat(1e6)}`, 1, 'bad-json'],
    [
      'names of prototypes',
      '{"__proto__":{"x":1},"constructor":{"prototype":{"y":2}},"hasOwnProperty":3}',
      3,
      undefined,
    ],
    ['members of prototypes in a leaf', '{"a":{"__proto__":1,"_value":2,"toString":3}}', 3, undefined],
    ['halves of surrogates', '{"\\ud800":1,"a":"\\udfff","b":1}', 1, undefined],
  ])('spoils nothing but itself: %s', (_, body, samples, stopped) => {
    const { outcome, ...collected } = collectBody(createHttpTrapParser(), body)
    expect([collected.samples.length, outcome.stopped?.reason]).toEqual([samples, stopped])
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('x')
  })
})
