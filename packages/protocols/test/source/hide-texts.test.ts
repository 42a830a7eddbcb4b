import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { hideTexts } from '../../src/source/hide-texts.ts'

const secret = 'Lovelace+1 é'

describe('what a server repeats of a secret is hidden', () => {
  it.each([
    ['as it is', `got ${secret}.`, 'got ....'],
    ['in letters of another size, as the host of an address has them', secret.toUpperCase(), '...'],
    ['in JSON', 'a "Lovelace+1 é"', 'a "..."'],
    ['in an address', `?p=${encodeURIComponent(secret)}`, '?p=...'],
    ['in a form', '?p=Lovelace%2B1+%C3%A9&q', '?p=...&q'],
    ['in Base64', Buffer.from(secret).toString('base64'), '...=='],
    ['where it is cut', 'got "a Lovel…"', 'got "a ...…"'],
    ['but for the first two letters of it', 'got "a Lo…"', 'got "a Lo…"'],
    ['but for words that begin as it does', 'in Love', 'in Love'],
  ])('%s', (_, text, expected) => {
    expect(hideTexts([secret])(text)).toBe(expected)
  })

  it('as a host of another alphabet, and as an address by its number', () => {
    expect(hideTexts(['pässwörd'])(new URL('http://pässwörd.example/').host)).toBe('....example')
    expect(hideTexts(['3221226219'])(new URL('http://3221226219/').host)).toBe('...')
  })

  it('however long it is, and however many there are', () => {
    const long = 'Ab+/'.repeat(20_000)
    expect(hideTexts([long])(`got ${long}.`)).toBe('got ....')
    const many = Array.from({ length: 200 }, (_, at) => `${at}-${'x'.repeat(900)}`)
    expect(hideTexts(many)(many.join(' '))).toBe(many.map(() => '...').join(' '))
  })

  it('wherever it stands and whatever it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 }),
        text,
        (before, hidden, after) => {
          const plain = hideTexts([hidden])
          expect(plain(`${before}${hidden}${after}`).length).toBeLessThan(
            before.length + hidden.length + after.length,
          )
          expect(plain(`${before}${encodeURIComponent(hidden.toWellFormed())}${after}`)).not.toContain(hidden)
        },
      ),
    )
  })
})
