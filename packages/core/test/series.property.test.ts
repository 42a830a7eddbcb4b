import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { buildSeries, maxSeriesKeyLength, parseSeries } from '@tocsin/core'
import { anyCodePoint } from '../src/testing/arbitraries/code-point.ts'

const metric = fc.string({ minLength: 1, maxLength: 40, unit: anyCodePoint })
const tagText = fc.oneof(
  fc.string({ maxLength: 30, unit: anyCodePoint }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom('__proto__', 'constructor', 'b"x"', 'b"', ':', ',', ']', '+', '=', 'a b'),
)
const tags = fc.array(fc.tuple(tagText, tagText), { maxLength: 8 }).map((pairs) => Object.fromEntries(pairs))

describe('series names', () => {
  it('read back what they were written from, whatever the characters', () => {
    fc.assert(
      fc.property(metric, tags, (name, labels) => {
        const built = buildSeries(name, labels)
        fc.pre(built.ok)
        const parsed = parseSeries(built.value.key)
        expect(parsed).toEqual(built)
        expect({ ...built.value.tags }).toEqual(labels)
      }),
    )
  })

  it('do not depend on the order of tags', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(tagText, tagText), { selector: ([category]) => category }),
        (pairs) => {
          const forward = buildSeries('m', Object.fromEntries(pairs))
          const backward = buildSeries('m', Object.fromEntries([...pairs].reverse()))
          expect(backward.ok).toBe(forward.ok)
          if (forward.ok && backward.ok) expect(backward.value.key).toBe(forward.value.key)
        },
      ),
    )
  })

  it('never make the parser throw, and canonical names stay as they are', () => {
    const hostile = fc.oneof(
      fc.string({ unit: anyCodePoint, maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'm',
            '|ST[',
            '|MT{',
            ']',
            '}',
            'a',
            ':',
            ',',
            'b"',
            'Zm9v',
            '"',
            '\0',
            '\ud800',
            '=',
          ),
        )
        .map((p) => p.join('')),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const first = parseSeries(text)
        if (!first.ok) {
          expect(first.message).not.toBe('')
          return
        }
        expect(first.value.key.length).toBeLessThanOrEqual(maxSeriesKeyLength)
        expect(parseSeries(first.value.key)).toEqual(first)
      }),
    )
  })
})
