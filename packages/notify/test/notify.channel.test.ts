import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { of } from 'rxjs'
import { afterEach, expect, it } from 'vitest'

import { notify, type NotifyEvent } from '../src/index.ts'
import { recordingNotifier, virtualTime } from '../src/testing/index.ts'
import { opened } from './support/signals.ts'

const messages: unknown[] = []
const hear = (message: unknown): void => void messages.push(message)
afterEach(() => {
  unsubscribe('tocsin:notify:event', hear)
  messages.length = 0
})

it('publishes each decision on its channel while somebody listens there', async () => {
  using time = virtualTime()
  const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
  const run = async (): Promise<readonly NotifyEvent[]> => {
    const events: NotifyEvent[] = []
    of(opened(0))
      .pipe(notify(policy, { notifiers: { pager: recordingNotifier() } }))
      .subscribe((event) => events.push(event))
    await time.advanceTo(time.now() + 1000)
    return events
  }
  subscribe('tocsin:notify:event', hear)
  const events = await run()
  expect(events.map(({ type }) => type)).toEqual(['created', 'planned', 'delivered'])
  expect(messages).toEqual(events)
  unsubscribe('tocsin:notify:event', hear)
  await run()
  expect(messages).toHaveLength(3)
})
