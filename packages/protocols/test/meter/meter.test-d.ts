import type { Observable } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import type { Batch, Sample, Source, SourceStats } from '../../src/index.ts'
import { meter, type BoundCounter, type Counter, type NumberNames } from '../../src/meter/index.ts'
import { statsd } from '../../src/statsd/index.ts'

describe('the types of a meter', () => {
  it('take exactly the tags of the definition', () => {
    const requests = meter().counter('http_requests', { tags: ['method', 'status'] })
    expectTypeOf(requests).toEqualTypeOf<Counter<'method' | 'status'>>()
    requests.add(1, { method: 'GET', status: '200' })
    expectTypeOf(requests.with({ method: 'GET', status: '200' })).toEqualTypeOf<BoundCounter>()
    // @ts-expect-error a tag is missing
    requests.add(1, { method: 'GET' })
    // @ts-expect-error all tags are missing
    requests.add(1)
    // @ts-expect-error there is no such tag
    requests.add(1, { method: 'GET', status: '200', route: '/' })
    // @ts-expect-error a tag is a text
    requests.add(1, { method: 'GET', status: 200 })
    // @ts-expect-error a tag is missing
    requests.with({ status: '200' })
    // @ts-expect-error a bound one has its tags
    requests.with({ method: 'GET', status: '200' }).add(1, { method: 'GET' })
  })

  it('take no tags where there are none', () => {
    const own = meter()
    own.counter('hits').add(1)
    own.gauge('open').set(1)
    own.gauge('open').with().add(-1)
    own.histogram('took').observe(1)
    // @ts-expect-error there are no tags
    own.counter('hits').add(1, { method: 'GET' })
    // @ts-expect-error there are no tags
    own.gauge('open').set(1, {})
    expectTypeOf<Counter>().not.toHaveProperty('set')
  })

  it('are typed alike for gauges and histograms', () => {
    const own = meter()
    own.gauge('open', { tags: ['pool'] }).set(1, { pool: 'a' })
    own.histogram('took', { tags: ['route'] }).observe(1, { route: '/' })
    // @ts-expect-error another tag
    own.gauge('open', { tags: ['pool'] }).set(1, { route: '/' })
    // @ts-expect-error a tag is missing
    own.histogram('took', { tags: ['route'] }).with({})
  })

  it('name only members that are numbers as counters', () => {
    const own = meter()
    const source = statsd()
    own.observe('statsd', () => source.stats, { counters: ['received', 'dropped'] })
    own.observe('statsd', () => source.stats, { counters: 'all', tags: { port: '8125' } })
    // @ts-expect-error there is no such member
    own.observe('statsd', () => source.stats, { counters: ['receive'] })
    // @ts-expect-error its member is a text
    own.observe('own', () => ({ text: 'a', count: 1 }), { counters: ['text'] })
    expectTypeOf<NumberNames<SourceStats>>().toEqualTypeOf<keyof SourceStats>()
    expectTypeOf<NumberNames<{ a?: number; b: bigint; c: string; d: undefined }>>().toExtend<
      'a' | 'b' | 'd'
    >()
  })

  it('give a source of samples, in batches too', () => {
    const samples = meter().samples({ everyMs: undefined })
    expectTypeOf(samples).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(samples.batches()).toEqualTypeOf<Observable<Batch<Sample>>>()
  })
})
