import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { from, take } from 'rxjs'
import { afterEach, expect, it } from 'vitest'

import { evaluate, ruleSet, type FaultEvent } from '../../src/index.ts'
import { samples } from '../../src/testing/index.ts'

const messages: unknown[] = []
const hear = (message: unknown): void => void messages.push(message)
afterEach(() => {
  unsubscribe('tocsin:fault:event', hear)
  messages.length = 0
})

const high = ruleSet('load').select('__name:load').above(2, 1).build()
const judge = (): readonly FaultEvent[] => {
  const events: FaultEvent[] = []
  from(samples('load 1 3 1 @1s', { start: Date.now() }).list)
    .pipe(evaluate([high]), take(2))
    .subscribe((event) => events.push(event))
  return events
}

it('publishes each event on its channel while somebody listens there', () => {
  subscribe('tocsin:fault:event', hear)
  const events = judge()
  expect(events.map(({ type }) => type)).toEqual(['normal', 'opened'])
  expect(messages).toEqual(events)
  unsubscribe('tocsin:fault:event', hear)
  judge()
  expect(messages).toHaveLength(2)
})
