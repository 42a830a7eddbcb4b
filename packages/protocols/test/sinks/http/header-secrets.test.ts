import { describe, expect, it } from 'vitest'

import { withoutSecrets } from '../../../src/sinks/http/header-secrets.ts'

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

describe('what stands in headers is hidden', () => {
  it.each<[string, Readonly<Record<string, string>>, string, string]>([
    ['whole', { 'x-any': 'some value' }, 'got some value.', 'got ....'],
    ['without its scheme', { authorization: 'Bearer abcdefgh' }, 'xabcdefghy', 'x...y'],
    ['as user and password', basic('ada:lovelace'), 'ada:lovelace failed', '... failed'],
    ['as the password alone', basic('ada:lovelace'), 'wrong: "lovelace"', 'wrong: "..."'],
    ['as a password with colons', basic('ada:l:v'), 'wrong: l:v', 'wrong: ...'],
    ['as the password of a token', { authorization: 'Token ada:lovelace' }, 'lovelace', '...'],
    ['in base64', basic('ada:lovelace'), basic('ada:lovelace').authorization, '...'],
    ['in JSON', basic('ada:a"b\\c'), JSON.stringify({ error: 'a"b\\c' }), '{"error":"..."}'],
    ['in an address', basic('ada:a b/c'), '/write?p=a%20b%2Fc', '/write?p=...'],
    [
      'where it is short, as a word',
      { 'x-api-key': 'k12' },
      'key k12 (k12), not k123 or ak12',
      'key ... (...), not k123 or ak12',
    ],
    ['where it is of other letters', basic('ada:é$1'), 'wrong: é$1', 'wrong: ...'],
    ['where it is short, of any header', { 'x-scope-orgid': 'acme' }, 'no acme here', 'no ... here'],
    ['but for a word of two letters', { 'x-scope-orgid': 'a' }, 'a bad one', 'a bad one'],
    ['the longest first', { 'x-key': 'abcdefgh', 'x-token': 'abcdefghij' }, 'abcdefghij', '...'],
    ['and nothing where there is none', { authorization: '' }, 'all is said', 'all is said'],
  ])('%s', (_, headers, text, expected) => {
    expect(withoutSecrets(headers)(text)).toBe(expected)
  })
})
