import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { firstValueFrom, of, toArray } from 'rxjs'
import { afterEach, expect, it } from 'vitest'

import { series, type Sample } from '../../src/index.ts'
import { sink, type SinkEvent } from '../../src/sinks/index.ts'

const messages: unknown[] = []
const hear = (message: unknown): void => void messages.push(message)
afterEach(() => {
  unsubscribe('tocsin:protocols:delivery', hear)
  messages.length = 0
})

const sample: Sample = { series: series('cpu'), time: 0, value: 1, kind: 'gauge' }
const deliver = (): Promise<readonly SinkEvent[]> => {
  const outcome = Promise.resolve({ type: 'taken' as const })
  const send = sink(
    () => ({ weigh: () => 8, send: () => ({ handedOver: outcome, outcome }), close: () => undefined }),
    { name: 'store' },
  )
  return firstValueFrom(of({ values: [sample], ack: () => undefined }).pipe(send, toArray()))
}

it('publishes what becomes of samples on a channel, by the name of the sink, while somebody listens there', async () => {
  subscribe('tocsin:protocols:delivery', hear)
  const events = await deliver()
  expect(events.map(({ type }) => type)).toEqual(['delivered'])
  expect(messages).toEqual(events.map((event) => ({ sink: 'store', event })))
  unsubscribe('tocsin:protocols:delivery', hear)
  await deliver()
  expect(messages).toHaveLength(1)
})
