import { compileTagQuery, parseTagQuery } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/controls/filter-query.js'

/** The functions of the page, with the types that they would have. */
const { filterError, narrowed, queryOf, tagQuery } = page as {
  queryOf: (text: string) => { readonly select: string; readonly hint?: string }
  tagQuery: (category: string, value: string) => string
  narrowed: (text: string, tag: string) => string
  filterError: (
    text: string,
    refusal: { readonly error: string; readonly offset?: number },
    stillShown: string,
  ) => { readonly at?: number; readonly words: string; readonly still: string }
}

function matches(select: string, metric: string, tags: Record<string, string> = {}): boolean {
  const parsed = parseTagQuery(select)
  if (!parsed.ok) throw new Error(`${select}: ${parsed.message} at ${parsed.offset}`)
  return compileTagQuery(parsed.value)({ key: metric, metric, tags })
}

describe('what is typed into the filter', () => {
  it('is part of a name where it is a bare word, which the hint says', () => {
    expect(queryOf('cpu')).toEqual({ select: '__name:*cpu*', hint: 'Names that contain it: __name:*cpu*' })
    expect(matches(queryOf('cpu').select, 'host.cpu.used_percent')).toBe(true)
    expect(matches(queryOf('cpu').select, 'memory')).toBe(false)
  })

  it('is all of several words, in any order', () => {
    const { select } = queryOf('  used  disk ')
    expect(matches(select, 'disk.used_percent')).toBe(true)
    expect(matches(select, 'disk.free')).toBe(false)
  })

  it('is everything where it is empty or stars only', () => {
    expect(queryOf('   ').select).toBe('')
    expect(queryOf('**').select).toBe('')
  })

  it.each(['and(__name:http.*,region:eu-*)', 'host:web-*', 'not(a:b)'])(
    'is a query as it stands: %s',
    (text) => {
      expect(queryOf(` ${text} `)).toEqual({ select: text, hint: undefined })
    },
  )

  it.each(['a,b', 'a)b', 'a"b', '/x', 'b"eA=="', '[re]x', 'x\\y', 'größe', 'a*b', ',', ')'])(
    'is found in a name that contains it, though queries have another meaning for %s',
    (text) => {
      expect(matches(queryOf(text).select, `before ${text} after`)).toBe(true)
      expect(matches(queryOf(text).select, 'memory')).toBe(false)
    },
  )
})

describe('a chip', () => {
  it.each([
    ['region', 'eu-1'],
    ['path', '/var/lib'],
    ['shop', 'a,b)'],
    ['job', 'nightly export'],
    ['url', 'http://x/?a=1'],
    ['empty', ''],
    ['größe', 'ä'],
  ])('asks for exactly the tag %s:%s', (category, value) => {
    const select = tagQuery(category, value)
    expect(matches(select, 'm', { [category]: value })).toBe(true)
    if (value !== '') expect(matches(select, 'm', { [category]: `${value}x` })).toBe(false)
  })

  it('narrows what is there', () => {
    expect(narrowed('', 'region:eu-1')).toBe('region:eu-1')
    expect(narrowed('http', 'region:eu-1')).toBe('and(__name:*http*,region:eu-1)')
    expect(narrowed('and(__name:http.*,a:b)', 'c:d')).toBe('and(__name:http.*,a:b,c:d)')
    expect(narrowed('or(a:b,c:d)', 'e:f')).toBe('and(or(a:b,c:d),e:f)')
  })
})

describe('what is wrong with a filter', () => {
  it('is said with the character, counted from one, and with what is still shown', () => {
    const text = 'and(__name:http.*,region:eu-*'
    const parsed = parseTagQuery(text)
    if (parsed.ok) throw new Error('it should not be a query')
    expect(filterError(text, { error: parsed.message, offset: parsed.offset }, 'region:eu-*')).toEqual({
      at: 29,
      words: 'At character 30: expected , or ) here.',
      still: 'Still shown: region:eu-*',
    })
  })

  it('is marked at the character as typed, with the spaces before it', () => {
    expect(filterError('  a:b)', { error: 'expected the end', offset: 3 }, '').at).toBe(5)
  })

  it('is said without a character where the observatory names none', () => {
    expect(filterError('a:b', { error: 'Too much.' }, '')).toEqual({
      at: undefined,
      words: 'Too much.',
      still: 'Still shown: all series',
    })
  })
})
