import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compileTagQuery, maxTagQueryDepth, parseTagQuery, series } from '@tocsin/core'
import { anyCodePoint } from '../src/testing/arbitraries/code-point.ts'

const web = series('cpu.used', { host: 'web-1', env: 'prod', url: 'http://x:80/' })

const matches = (query: string): boolean | string => {
  const parsed = parseTagQuery(query)
  return parsed.ok ? compileTagQuery(parsed.value)(web) : parsed.message
}

describe('a tag query', () => {
  it.each([
    ['host:web-1', true],
    ['host:web-2', false],
    ['host:web-*', true],
    ['host:web-?', true],
    ['host:/^web-\\d$/', true],
    ['host:/WEB/', false],
    ['/^ho/:web*', true],
    ['h*t:web-1', true],
    ['__name:cpu.*', true],
    ['__name:mem.*', false],
    ['host', true],
    ['rack', false],
    ['url:http://x:80/', true],
    ['url:"http://x:80/"', true],
    ['host:b"d2ViLTE="', true],
    ['host:b/XndlYi0=/', true],
    ['host:[glob]web*', true],
    ['host:[exact]web*', false],
    ['host:[re]"^web"', true],
    ['and(__name:cpu.*,host:web-*)', true],
    ['and( host:web-* , not(env:dev) )', true],
    ['or(env:dev,env:prod)', true],
    ['not(or(env:dev,env:prod))', false],
    ['toString', false],
  ])('%s gives %s', (query, expected) => {
    expect(matches(query)).toBe(expected)
  })

  it.each([
    ['*', true],
    ['and(*,not(host))', true],
    ['not(*)', false],
    ['*:*', false],
    ['[exact]*', false],
    ['?*', false],
  ])('%s of a series without tags gives %s', (query, expected) => {
    const parsed = parseTagQuery(query)
    expect(parsed.ok && compileTagQuery(parsed.value)(series('cpu', {}))).toBe(expected)
  })

  it.each(['', 'and(', 'and()', 'not(a:b,c:d)', 'a:b)', 'a:b c', 'host:/(/', 'host:b"%%"', 'and(a:b'])(
    'refuses %s with a place and a sentence',
    (query) => {
      const parsed = parseTagQuery(query)
      expect(parsed).toMatchObject({ ok: false, reason: 'bad-query', message: expect.stringMatching(/./) })
    },
  )

  it('refuses to nest deeper than its limit instead of running out of stack', () => {
    const deep = (depth: number): string => 'not('.repeat(depth - 1) + 'a:b' + ')'.repeat(depth - 1)
    expect(parseTagQuery(deep(maxTagQueryDepth)).ok).toBe(true)
    expect(parseTagQuery(deep(maxTagQueryDepth + 1)).ok).toBe(false)
  })

  it('never makes the parser throw', () => {
    const piece = fc.constantFrom(
      'and(',
      'or(',
      'not(',
      ')',
      ',',
      'a',
      ':',
      '*',
      '"',
      '/',
      'b"',
      'b/',
      '[re]',
      '\\',
      ' ',
      '(',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((pieces) => pieces.join('')),
          fc.string({ unit: anyCodePoint }),
        ),
        (text) => {
          const parsed = parseTagQuery(text)
          if (parsed.ok) expect(typeof compileTagQuery(parsed.value)(web)).toBe('boolean')
        },
      ),
    )
  })

  it('matches globs as the naive reading does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(glob, letters, (pattern, value) => {
        const naive = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
        const parsed = parseTagQuery(`t:[glob]${pattern}`)
        expect(parsed.ok && compileTagQuery(parsed.value)(series('m', { t: value }))).toBe(naive.test(value))
      }),
    )
  })
})
