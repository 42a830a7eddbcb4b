import { NEVER, of, Subject, take } from 'rxjs'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { memoryNotifyStore, notify } from '../src/index.ts'
import type {
  Command,
  DetectorSignal,
  NotifyEvent,
  NotifyOptions,
  NotifyProblem,
  NotifyStore,
  Policy,
} from '../src/index.ts'
import { recordingNotifier, virtualTime } from '../src/testing/index.ts'
import type { VirtualTime } from '../src/testing/index.ts'
import { normal, opened } from './support/signals.ts'

const policy: Policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** One life of a program over a store that outlives it. */
function live(store: NotifyStore, options: Partial<NotifyOptions> = {}) {
  const source = new Subject<DetectorSignal>()
  const events: NotifyEvent[] = []
  const pager = recordingNotifier()
  const subscription = source
    .pipe(notify(policy, { store, notifiers: { pager }, ...options }))
    .subscribe((event) => events.push(event))
  const subjects = (): string[] => pager.attempts.map(({ notification }) => notification.subject)
  return { source, events, subjects, end: () => subscription.unsubscribe() }
}

/** A store that counts what it is given to keep. */
function counting(load: (store: NotifyStore) => ReturnType<NotifyStore['load']> = (store) => store.load()) {
  const inner = memoryNotifyStore()
  const store = {
    ...inner,
    appends: 0,
    load: () => load(inner),
    append: (changes: Parameters<NotifyStore['append']>[0]) => {
      store.appends += 1
      return inner.append(changes)
    },
  }
  return store
}

it('tells the end of a fault that ended while the program was down, though its detector was not told what was open', async () => {
  const store = memoryNotifyStore()
  const first = live(store)
  first.source.next(opened(1000, { metric: 'queue', text: '120 is above 100' }))
  await time.advanceBy(0)
  expect(first.subjects()).toEqual(['[severity 2] queue (rules): 120 is above 100'])
  first.end()

  const second = live(store)
  second.source.next({ ...normal(9000, { metric: 'queue' }), text: '70 is not above 100' })
  await time.advanceBy(0)
  expect(second.subjects()).toEqual(['[recovered] queue (rules): 70 is not above 100'])
  expect(second.events.map(({ type }) => type)).toEqual(['cleared', 'planned', 'delivered'])
  expect(store.openAlerts()).toEqual([])
  second.end()

  const third = live(store)
  third.source.next(normal(10_000, { metric: 'queue' }))
  await time.advanceBy(0)
  expect(third.events).toEqual([])
})

it('goes on silently where the fault lasts, and ends it with its own signal', async () => {
  const store = memoryNotifyStore()
  const first = live(store)
  first.source.next(opened(1000))
  await time.advanceBy(0)
  first.end()
  const second = live(store)
  second.source.next(opened(9000))
  second.source.next(normal(9500))
  await time.advanceBy(0)
  expect(second.events.map(({ type }) => type)).toEqual(['duplicate'])
  expect(store.openAlerts()).toHaveLength(1)
})

it.each([
  ['at once', (store: NotifyStore) => store.load()],
  ['later', async (store: NotifyStore) => store.load()],
])(
  'stores and tells nothing of 100 000 series that are normal at the start, with a store that loads %s',
  async (_, load) => {
    const store = counting(load)
    const problems: NotifyProblem[] = []
    const { source, events, end } = live(store, { problems: { next: (problem) => problems.push(problem) } })
    for (let index = 0; index < 100_000; index++) source.next(normal(0, { metric: `m${index}` }))
    source.next(opened(1, { metric: 'cpu' }))
    await time.advanceBy(0)
    expect(problems).toEqual([])
    expect(events.map(({ type }) => type)).toEqual(['created', 'planned', 'delivered'])
    // That of the fault, and that of its delivery.
    expect(store.appends).toBe(2)
    end()
  },
)

it('tells of those normal series that are too many to wait for a store that loads slowly', async () => {
  const problems: NotifyProblem[] = []
  const store = counting(async (inner) => inner.load())
  const { source, events } = live(store, {
    maxPending: 2,
    problems: { next: (problem) => problems.push(problem) },
  })
  // Each may be an end, so they have four times as much room.
  for (let index = 0; index < 9; index++) source.next(normal(0, { metric: `m${index}` }))
  source.next(opened(1))
  await time.advanceBy(0)
  expect(problems.map(({ reason, series }) => `${reason} ${series}`)).toEqual(['overflow m8'])
  const created = events.flatMap((event) => (event.type === 'created' ? [event.series] : []))
  expect(created).toEqual(['cpu', 'notify.overflow'])
})

it('says what is wrong with a normal signal, as with any other', () => {
  const { source, events } = live(memoryNotifyStore())
  source.next({ ...normal(0), id: 5 } as never)
  source.next({ ...normal(0), type: 'fine' } as never)
  expect(events.map((event) => 'text' in event && event.text)).toEqual([
    'signal.id must be a text of 1 to 8192 characters, got 5',
    'signal.type must be one of "opened", "severity", "reason", "cleared", "muted", "normal", got "fine"',
  ])
})

it('refuses a malformed `normal` like any other signal, also one that throws where it is read', () => {
  const whole = normal(0)
  const throwing = Object.defineProperty({ ...whole }, 'series', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  const { source, events } = live(memoryNotifyStore())
  source.next(throwing)
  source.next({ ...whole, cause: { reason: 'normal', value: 1n } } as DetectorSignal)
  source.next(whole)
  expect(events).toMatchObject([
    { type: 'refused', reason: 'malformed' },
    { type: 'refused', reason: 'malformed', text: 'signal must be plain JSON' },
  ])
})

it('answers a command that is sent where it is told what was restored', () => {
  const store = memoryNotifyStore()
  const window = { id: 'm', select: '*', from: 0, to: 50 }
  live(store, { commands: of({ type: 'maintenance', maintenance: window } as const) }).end()
  const commands = new Subject<Command>()
  const events: NotifyEvent[] = []
  NEVER.pipe(
    notify(policy, { store, commands, notifiers: { pager: recordingNotifier() }, clock: { now: () => 100 } }),
  ).subscribe((event) => {
    events.push(event)
    if (event.type === 'maintenance-ended') commands.next({ type: 'end-maintenance', id: 'm' })
  })
  expect(events).toMatchObject([
    { type: 'maintenance-ended', id: 'm', reason: 'time' },
    { type: 'command-refused', reason: 'unknown-maintenance', id: 'm' },
  ])
})

it('leaves the store alone where nobody waits any more for what the first commands are answered', () => {
  const store = counting()
  const asked = { type: 'end-maintenance', id: 'm' } as const
  const events: NotifyEvent[] = []
  NEVER.pipe(
    notify(policy, {
      store,
      commands: of(asked, asked),
      maxPending: 1,
      notifiers: { pager: recordingNotifier() },
    }),
    take(1),
  ).subscribe((event) => events.push(event))
  expect(events).toMatchObject([{ type: 'command-refused', reason: 'overflow' }])
  expect(() => store.load()).not.toThrow()
})
