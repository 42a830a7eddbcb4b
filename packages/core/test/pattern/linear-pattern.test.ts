import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type LinearPattern, linearPattern, maxPatternSteps } from '../../src/pattern/linear-pattern.ts'
import type { PatternFlags } from '../../src/pattern/read-pattern.ts'

const matcherOf = (source: string, flags?: PatternFlags): LinearPattern => {
  const pattern = linearPattern(source, flags)
  if (!pattern.ok) throw new Error(pattern.message)
  return pattern.value
}

const atom = fc.constantFrom(
  ...[
    'a',
    'b',
    'A',
    '_',
    '9',
    'ß',
    '😀',
    '.',
    '\\d',
    '\\W',
    '\\s',
    '\\w',
    '[ab]',
    '[^a]',
    '[a-c9]',
    '[\\]\\\\]',
    '\\.',
  ],
  ...[
    '\\p{L}',
    '\\u{1F600}',
    '\\ud83d\\ude00',
    '\\x61',
    '\\n',
    '\\/',
    '^',
    '$',
    '\\b',
    '\\B',
    '',
    '[\\d_]',
    '[^]',
    '[]',
  ],
)
const times = fc.constantFrom(
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{0}',
  '{2}',
  '{1,3}',
  '{0,2}?',
  '{2,}',
)
const isAssertion = (source: string): boolean => ['^', '$', '\\b', '\\B', ''].includes(source)
const { pattern: sources } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.tuple(atom, times).map(([one, many]) => (isAssertion(one) ? one : one + many)),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?<n>'), tie('pattern'), times)
      .map(([open, a, many]) => `${open}${a})${many}`),
  ),
}))
const texts = fc
  .array(
    fc.constantFrom('a', 'b', 'c', 'A', 'B', '_', '9', ' ', '.', 'ß', '😀', '\ud83d', '\n', ']', '\\', '/'),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

/** Begins at each character: the search of V8 also finds `\\B` in the middle of one. */
function finds(source: string, text: string, flags = ''): boolean {
  const expression = new RegExp(source, `uy${flags}`)
  const begins = Array.from(text).map((_, index, all) => all.slice(0, index).join('').length)
  return [...begins, text.length].some((at) => {
    expression.lastIndex = at
    return expression.test(text)
  })
}

describe('a linear pattern', () => {
  it('finds a match exactly where the regular expressions of JavaScript do', () => {
    fc.assert(
      fc.property(sources, texts, (source, text) => {
        fc.pre(isExpression(source))
        expect(matcherOf(source)(text)).toBe(finds(source, text))
      }),
      { numRuns: 3000 },
    )
  })

  it('finds the same with each flag, and in a text that comes in pieces', () => {
    const flags = fc.record({ ignoreCase: fc.boolean(), multiline: fc.boolean(), dotAll: fc.boolean() })
    // Of the letters whose case is odd, some are in \\w only where case does not matter.
    const odd = fc
      .tuple(texts, fc.constantFrom('ſ', '\u212a', 'ẞ', 'K', 's', '\r', '\u2028'))
      .map((two) => two.join(''))
    fc.assert(
      fc.property(sources, odd, flags, (source, text, given) => {
        fc.pre(isExpression(source))
        const { ignoreCase, multiline, dotAll } = given
        const letters = `${ignoreCase ? 'i' : ''}${multiline ? 'm' : ''}${dotAll ? 's' : ''}`
        const matches = matcherOf(source, given)
        const run = matches.begin()
        for (const piece of Array.from(text)) run.take(piece)
        const found = finds(source, text, letters)
        expect([matches(text), run.end()]).toEqual([found, found])
      }),
      { numRuns: 1500 },
    )
  })

  it('finds the same again, whatever it was asked before', () => {
    fc.assert(
      fc.property(sources, fc.array(texts, { minLength: 2, maxLength: 6 }), (source, several) => {
        fc.pre(isExpression(source))
        const matches = matcherOf(source)
        for (const text of [...several, ...several]) expect(matches(text)).toBe(finds(source, text))
      }),
    )
  })

  it('needs few steps where backtracking needs more than there are', () => {
    const text = 'a'.repeat(50_000)
    for (const source of [
      '^(a+)+$',
      '^(?:a|a)*b',
      '(?:a*)*b',
      '(.*)(.*)(.*)(.*)(.*)[^a]$',
      '^(?:a?){30}a{30}$',
    ]) {
      expect(matcherOf(source)(`${text}!`)).toBe(source.includes('[^a]'))
    }
  })

  it('stays right when it meets more situations than it remembers', () => {
    // 2^11 situations: which of the last 11 characters were an a.
    const source = 'a[ab]{10}c'
    const matches = matcherOf(source)
    let seed = 1
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647)
    const text = Array.from({ length: 30_000 }, () => (random() % 2 === 0 ? 'a' : 'b')).join('')
    expect(matches(text)).toBe(false)
    expect(matches(`${text}a${'b'.repeat(10)}c`)).toBe(true)
  })

  it.each([
    ['(a)\\1', 'a back reference at character 4 can take exponential time, and is not taken'],
    ['(?<n>a)\\k<n>', 'a back reference at character 8 can take exponential time, and is not taken'],
    ['x(?=a)', 'a look around at character 2 can take exponential time, and is not taken'],
    ['(?<!a)b', 'a look around at character 1 can take exponential time, and is not taken'],
    ['(?:a{1000}){1000}', `the repetitions come to more than ${maxPatternSteps} steps`],
    ['(?:(?:a?){1000}){1000}', `the repetitions come to more than ${maxPatternSteps} steps`],
  ])('refuses %s and says why', (source, message) => {
    expect(linearPattern(source)).toMatchObject({ ok: false, reason: 'bad-pattern', message })
  })

  it.each(['(', '[a', 'a**', '\\'])('refuses %s, which is no regular expression', (source) => {
    expect(linearPattern(source)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^Invalid regular expression/),
    })
  })
})

function isExpression(source: string): boolean {
  try {
    new RegExp(source, 'u')
    return true
  } catch {
    return false
  }
}
