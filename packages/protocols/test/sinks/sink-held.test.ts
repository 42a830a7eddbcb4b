import { type Batch, series, type Sample } from '@tocsin/core'
import { firstValueFrom, lastValueFrom, Observable, of, toArray } from 'rxjs'
import { expect, it } from 'vitest'

import { sink, sinkSamples, type Destination } from '../../src/sinks/index.ts'

const sample: Sample = { series: series('cpu'), time: 0, value: 1, kind: 'gauge' }
const text: Sample = { series: series('cpu'), time: 0, value: 'much', kind: 'text' }

/** It has all numbers at once. */
const store = (): Destination => ({
  weigh: ({ value }) =>
    typeof value === 'number' ? 8 : { reason: 'unsupported', message: 'only numbers are stored' },
  send() {
    const outcome = Promise.resolve({ type: 'taken' as const })
    return { handedOver: outcome, outcome }
  },
  close: () => undefined,
})

it.each([
  ['delivered', sample],
  ['refused', text],
])('says of the last samples, once they are %s, that nothing waits', async (type, last) => {
  const events = await firstValueFrom(
    of({ values: [last], ack: () => undefined }).pipe(sink(store, { gatherMs: 0 }), toArray()),
  )
  expect(events.map((event) => [event.type, event.held])).toEqual([[type, { count: 0, oldest: undefined }]])
  const age = await lastValueFrom(of(...events).pipe(sinkSamples('store'), toArray()))
  expect(age.find(({ series: { metric } }) => metric === 'sink_age')?.value).toBe(0)
})

it.each([
  ['that is empty', []],
  ['of which nothing can be sent', [text]],
])('takes as many batches in a row as there are, each given within the ack of one %s', async (_, values) => {
  const wanted = 50_000
  let count = 0
  const batches = new Observable<Batch<Sample>>((subscriber) => {
    const next = (): void => {
      if (count === wanted) subscriber.complete()
      else {
        count += 1
        subscriber.next({ values, ack: next })
      }
    }
    next()
  })
  await lastValueFrom(batches.pipe(sink(store)), { defaultValue: undefined })
  expect(count).toBe(wanted)
})
