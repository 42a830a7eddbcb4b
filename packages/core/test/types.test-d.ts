import { describe, expectTypeOf, it } from 'vitest'

import { buildSeries, metric, series } from '@tocsin/core'
import type { Histogram, Metric, Sample, SampleKind, SampleOf, Series, Tags } from '@tocsin/core'

describe('the type of a series', () => {
  it('knows the tags that it was made of', () => {
    const latency = series('http.latency', { route: '/a' })
    expectTypeOf(latency).toEqualTypeOf<Series<{ readonly route: string }>>()
    expectTypeOf(latency.tags.route).toEqualTypeOf<string>()
    // @ts-expect-error no such tag
    expectTypeOf(latency.tags.ruote)
    // @ts-expect-error no such tag
    expectTypeOf(latency.tags['ruote'])
    // @ts-expect-error a series without tags has none
    expectTypeOf(series('uptime').tags.host)
    // @ts-expect-error a tag is a string
    series('http.latency', { route: 5 })
  })

  it('knows the tags of an interface, and refuses those that may be missing', () => {
    interface HostTags {
      readonly host: string
    }
    expectTypeOf(series('cpu', {} as HostTags)).toEqualTypeOf<Series<{ readonly host: string }>>()
    // @ts-expect-error a tag is there
    series('cpu', {} as { readonly host?: string })
    // @ts-expect-error a text is no tags
    series('cpu', 'host')
  })

  it('is plain where the tags are not known, and fits where any series does', () => {
    const anyTags: Tags = {}
    expectTypeOf(series('m', anyTags)).toEqualTypeOf<Series>()
    expectTypeOf<Series['tags']>().toEqualTypeOf<Tags>()
    expectTypeOf<Series<{ readonly route: string }>>().toExtend<Series>()
    expectTypeOf(series('m')).toExtend<Series>()
    expectTypeOf<Series>().not.toExtend<Series<{ readonly route: string }>>()
    const built = buildSeries('m', { route: '/a' })
    if (built.ok) expectTypeOf(built.value).toEqualTypeOf<Series>()
    expectTypeOf<Sample<Series<{ readonly route: string }>>>().toExtend<Sample>()
  })
})

describe('the type of a metric', () => {
  const latency = metric('http.latency', ['route', 'method'])

  it('gives series that know the categories', () => {
    expectTypeOf(latency).toEqualTypeOf<Metric<'route' | 'method'>>()
    expectTypeOf(latency).returns.toEqualTypeOf<Series<{ readonly route: string; readonly method: string }>>()
    expectTypeOf(metric('uptime')()).toExtend<Series>()
    expectTypeOf(metric('m', [] as readonly string[])).toBeCallableWith({ any: 'tag' })
    const request = { route: '/a', method: 'GET', ms: 5 }
    expectTypeOf(latency).toBeCallableWith(request)
  })

  it('refuses a missing, a misspelt and a further tag, and values that are no strings', () => {
    const calls = [
      // @ts-expect-error a missing tag
      () => latency({ route: '/a' }),
      // @ts-expect-error a misspelt tag
      () => latency({ ruote: '/a', method: 'GET' }),
      // @ts-expect-error a further tag
      () => latency({ route: '/a', method: 'GET', host: 'a' }),
      // @ts-expect-error a tag is a string
      () => latency({ route: '/a', method: 5 }),
      // @ts-expect-error no tags at all
      () => latency(),
      // @ts-expect-error a metric without categories has no tags
      () => metric('uptime')({ host: 'a' }),
      // @ts-expect-error no such option
      () => metric('uptime', [], { max: 5 }),
    ]
    expectTypeOf(calls).not.toBeAny()
  })
})

describe('the type of a sample', () => {
  it('tells the type of the value by the kind', () => {
    const sample = {} as Sample
    if (sample.kind === 'gauge' || sample.kind === 'counter')
      expectTypeOf(sample.value).toEqualTypeOf<number>()
    if (sample.kind === 'delta' || sample.kind === 'observation')
      expectTypeOf(sample.value).toEqualTypeOf<number>()
    if (sample.kind === 'stale') expectTypeOf(sample.value).toEqualTypeOf<number>()
    if (sample.kind === 'histogram') expectTypeOf(sample.value).toEqualTypeOf<Histogram>()
    if (sample.kind === 'text' || sample.kind === 'set') expectTypeOf(sample.value).toEqualTypeOf<string>()
    if (sample.kind === 'state') expectTypeOf(sample.value).toEqualTypeOf<number | string>()
    expectTypeOf<Sample['kind']>().toEqualTypeOf<SampleKind>()
    expectTypeOf<Sample['value']>().toEqualTypeOf<number | string | Histogram>()
    expectTypeOf<Sample<Series, 'gauge' | 'text'>>().toEqualTypeOf<SampleOf<'gauge'> | SampleOf<'text'>>()
  })

  it('refuses a kind and a value that do not fit', () => {
    const of = { series: series('m'), time: 0 }
    const good: Sample[] = [
      { ...of, kind: 'gauge', value: 1 },
      { ...of, kind: 'state', value: 'up' },
    ]
    const bad: Sample[] = [
      // @ts-expect-error a gauge is a number
      { ...of, kind: 'gauge', value: 'up' },
      // @ts-expect-error a text is a string
      { ...of, kind: 'text', value: 1 },
      // @ts-expect-error a histogram has bins
      { ...of, kind: 'histogram', value: 1 },
      // @ts-expect-error no such kind
      { ...of, kind: 'gage', value: 1 },
    ]
    expectTypeOf([good, bad]).not.toBeAny()
  })

  it('takes a kind that is one of several whose values are alike', () => {
    const kind = 'gauge' as 'gauge' | 'counter'
    expectTypeOf({ series: series('m'), time: 0, value: 1, kind }).toExtend<Sample>()
  })
})
