import { series } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { graphiteName } from '../../../src/sinks/graphite/graphite-name.ts'
import { anySeries } from '../../../src/testing/arbitraries.ts'

const tagged = { naming: 'tagged', names: 'replace' } as const
const dotted = { naming: 'dotted', names: 'replace' } as const
const refusing = { naming: 'tagged', names: 'refuse' } as const

describe('the name of a series in Graphite', () => {
  it.each([
    ['a name', series('servers.web1.cpu'), 'servers.web1.cpu'],
    [
      'tags in their order',
      series('disk.used', { site: 'fra', host: 'web1' }),
      'disk.used;host=web1;site=fra',
    ],
    ['blanks', series('disk used', { 'a b': 'c d' }), 'disk_used;a_b=c_d'],
    ['blanks that only Python splits at', series('a\u0085b\u00a0c\u2028d'), 'a_b_c_d'],
    ['what would be a folder', series('/var/log'), '_var_log'],
    ['what would be another file', series('a..b.'), 'a._.b._'],
    ['the start of the folders', series('.ssh'), '_.ssh'],
    ['a separator of tags', series('a;b=c'), 'a_b=c'],
    ['what stands for others when asked', series('a*[b]{c}?'), 'a__b__c__'],
    ['a tag without value', series('a', { b: '' }), 'a'],
    ["a tag that begins with Graphite's sign for patterns", series('a', { b: '~c' }), 'a;b=_c'],
    ["Graphite's own tag", series('a', { name: 'b' }), 'a;_name=b'],
    ['what would be read as the other form of tags', series('a', { 'b{': 'c"}' }), 'a;b{=c_'],
    ['a path as the value of a tag', series('a', { path: '/var/log' }), 'a;path=/var/log'],
    ['letters of all people', series('größe', { ort: '東京' }), 'größe;ort=東京'],
  ])('has %s', (_, given, name) => {
    expect(graphiteName(given, tagged)).toBe(name)
    const asItIs = graphiteName(given, refusing)
    // What would be another name is refused by name, where nothing may be replaced.
    if (
      name === given.key ||
      ['tags in their order', 'a path as the value of a tag', 'letters of all people'].includes(_)
    )
      expect(asItIs).toBe(name)
    else expect(asItIs).toMatchObject({ reason: 'unsupported', message: expect.stringContaining(given.key) })
  })

  it('has tags between dots where that is asked for', () => {
    expect(graphiteName(series('disk.used', { site: 'fra', host: 'web1.fra' }), dotted)).toBe(
      'disk.used.host.web1_fra.site.fra',
    )
  })

  it('is refused where it is too long for a file, or two tags would be one', () => {
    expect(graphiteName(series('x'.repeat(252)), tagged)).toMatchObject({ reason: 'too-large' })
    expect(graphiteName(series('x'.repeat(251)), tagged)).toBe('x'.repeat(251))
    // With tags the file has another name.
    expect(graphiteName(series('x'.repeat(252), { a: 'b' }), tagged)).toBe(`${'x'.repeat(252)};a=b`)
    expect(graphiteName(series('a', { 'b c': '1', 'b;c': '2' }), tagged)).toMatchObject({
      reason: 'unsupported',
      message: expect.stringContaining('two of its tags'),
    })
  })

  it('has nothing that a line is split at, whatever the series, and needs no change a second time', () => {
    fc.assert(
      fc.property(anySeries(), fc.constantFrom(tagged, dotted), (given, how) => {
        const name = graphiteName(given, how)
        if (typeof name !== 'string') return
        expect(name).toMatch(/^[^\s\u0000-\u001f\u007f\u0085]+$/)
        if (how === tagged && name.includes(';')) return
        expect(name).not.toMatch(/[;/\\]|^\.|\.\.|\.$/)
        expect(graphiteName(series(name), { ...how, names: 'refuse' })).toBe(name)
      }),
    )
  })
})
