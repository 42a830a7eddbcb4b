import { describe, expect, it } from 'vitest'

import type { SeriesName } from '../server/wire.ts'
// @ts-expect-error -- the page is plain JavaScript without types
import * as page from '../page/words/names.js'

interface Names {
  see: (series: SeriesName) => void
  nameOf: (series: SeriesName, host?: string) => { metric: string; tags: string }
}
const { createNames, nameText, seriesQuery, tagsOf } = page as {
  seriesQuery: (series: SeriesName) => string
  createNames: () => Names
  nameText: (name: { metric: string; tags: string }) => string
  tagsOf: (series: SeriesName) => string[]
}

function series(metric: string, tags: Record<string, string> = {}): SeriesName {
  const pairs = Object.entries(tags).map((pair) => pair.join(':'))
  return { key: pairs.length === 0 ? metric : `${metric}|ST[${pairs.join(',')}]`, metric, tags }
}

/** The name of the first among the rest. */
function name(first: SeriesName, ...rest: SeriesName[]): string {
  const names = createNames()
  for (const one of [first, ...rest]) names.see(one)
  return nameText(names.nameOf(first, 'atlas-1'))
}

const disk = (path: string) => series('disk.used_percent', { host: 'atlas-1', path })

describe('the name of a series', () => {
  it('has only those tags that tell it apart', () => {
    expect(name(disk('/var'), disk('/'), disk('/data'))).toBe('disk.used_percent /var')
    expect(name(series('memory.used_percent', { host: 'atlas-1' }))).toBe('memory.used_percent')
    expect(name(series('demo.queue'))).toBe('demo.queue')
  })

  it('tells all tags but this host where no other series of the metric is known', () => {
    expect(name(disk('/var'))).toBe('disk.used_percent /var')
    expect(name(series('load', { host: 'web-7' }))).toBe('load web-7')
  })

  it('tells a tag that only some have', () => {
    const some = series('load', { region: 'eu' })
    const other = series('load', { region: 'eu', zone: '1' })
    expect(name(some, other)).toBe('load')
    expect(name(other, some)).toBe('load 1')
    expect(name(other, series('load'))).toBe('load region:eu zone:1')
  })

  it('names the tags where it takes more than one, or has no value', () => {
    const here = series('load', { host: 'a', region: 'eu' })
    expect(name(here, series('load', { host: 'b', region: 'us' }))).toBe('load host:a region:eu')
    expect(name(series('load', { canary: '' }), series('load'))).toBe('load canary')
  })

  it('is never the canonical form', () => {
    expect(name(disk('/var'))).not.toContain('|ST[')
  })

  it('is that of an own tag only, whatever a tag is called', () => {
    const odd = series('load', { constructor: 'x' })
    expect(name(odd, series('load', {}))).toBe('load x')
    expect(name(series('load', {}), odd)).toBe('load')
  })

  it('of a card has all tags in order', () => {
    expect(tagsOf(series('a', { path: '/var', host: 'atlas-1', canary: '' }))).toEqual([
      'canary',
      'host:atlas-1',
      'path:/var',
    ])
  })
})

describe('the query for a series', () => {
  it.each([
    [series('demo.queue'), '__name:demo.queue'],
    [disk('/var'), 'and(__name:disk.used_percent,host:atlas-1,path:[exact]"/var")'],
    [series('a', { job: 'x, (y) *', canary: '' }), 'and(__name:a,job:[exact]"x, (y) *",canary)'],
    [series('a', { b: '"ü"' }), 'and(__name:a,b:b"IsO8Ig==")'],
  ])('%o is %s', (of, query) => {
    expect(seriesQuery(of)).toBe(query)
  })
})
