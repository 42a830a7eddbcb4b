import { describe, expect, it } from 'vitest'

import { buildSeries, parseSeries, series } from '@tocsin/core'

const keyOf = (text: string): string => {
  const parsed = parseSeries(text)
  return parsed.ok ? parsed.value.key : parsed.reason
}

describe('series', () => {
  it.each([
    ['cpu', 'cpu'],
    ['cpu|ST[]', 'cpu'],
    ['cpu|ST[host:b,dc:a]', 'cpu|ST[dc:a,host:b]'],
    ['m|MT{}|ST[env:prod]|MT{foo}|ST[color:blue]', 'm|ST[color:blue,env:prod]'],
    ['m|ST[b"Zm9v":b"YmFy"]', 'm|ST[foo:bar]'],
    ['m|ST[a:1,a:1]', 'm|ST[a:1]'],
    ['m|ST[flag]', 'm|ST[flag:]'],
    ['m|ST[url:http://x/?q=1]', 'm|ST[url:http://x/?q=1]'],
    ['  disk used ', 'disk used'],
    ['a\tb', 'a b'],
  ])('reads %s as %s', (text, key) => {
    expect(keyOf(text)).toBe(key)
  })

  it.each([
    ['', 'empty-name'],
    ['|ST[a:b]', 'empty-name'],
    ['m|ST[a:1,a:2]', 'duplicate-category'],
    ['m|ST[:x]', 'empty-category'],
    ['m|ST[a:b', 'bad-tag'],
    ['m|ST[a:b]x', 'bad-tag'],
    ['m|ST[a b:c]', 'bad-tag'],
    ['m|ST[b"!!":c]', 'bad-tag'],
    ['m|ST[b"/w==":c]', 'bad-tag'],
    ['x'.repeat(4096), 'name-too-long'],
    [`m|ST[${'a'.repeat(255)}:]`, 'tag-too-long'],
    [`m|ST[${Array.from({ length: 257 }, (_, index) => `t${index}:`).join(',')}]`, 'too-many-tags'],
    ['m\ud800', 'not-unicode'],
  ])('refuses %.40s: %s', (text, reason) => {
    expect(keyOf(text)).toBe(reason)
  })

  it('writes what is not plain as base64 and reads it back', () => {
    const spaced = series('m', { city: 'São Paulo' })
    expect(spaced.key).toBe('m|ST[city:b"U8OjbyBQYXVsbw=="]')
    expect(parseSeries(spaced.key)).toEqual({ ok: true, value: spaced })
  })

  it('keeps categories such as __proto__ as ordinary tags', () => {
    const built = buildSeries('m', Object.fromEntries([['__proto__', 'x']]))
    expect(built.ok && built.value.key).toBe('m|ST[__proto__:x]')
    expect(built.ok && 'toString' in built.value.tags).toBe(false)
  })

  it('throws a coded error for a name that the program itself wrote', () => {
    expect(() => series('')).toThrow(expect.objectContaining({ code: 'SERIES_INVALID' }))
  })
})
