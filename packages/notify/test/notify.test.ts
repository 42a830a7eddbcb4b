import { concat, EMPTY, from, NEVER, of, Subject, take, takeUntil, throwError } from 'rxjs'
import type { SchedulerLike } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { deliveryFailure, memoryNotifyStore, notify, NotifyError } from '../src/index.ts'
import type {
  Command,
  FaultSignal,
  Notification,
  Notifier,
  NotifyEvent,
  NotifyOptions,
  NotifyProblem,
  NotifyStore,
  Policy,
} from '../src/index.ts'
import { recordingNotifier, virtualTime } from '../src/testing/index.ts'
import type { VirtualTime } from '../src/testing/index.ts'
import { changed, cleared, opened } from './support/signals.ts'

const policy = (wait: `${number}s` = '0s'): Policy => ({
  groups: { ops: { notifiers: ['pager'] } },
  routes: [{ group: 'ops', wait: { '2': wait } }],
})

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

const types = (events: readonly NotifyEvent[]): string[] => events.map(({ type }) => type)

function start(options: Partial<NotifyOptions> = {}, wait: `${number}s` = '0s') {
  const source = new Subject<FaultSignal>()
  const events: NotifyEvent[] = []
  const ends: unknown[] = []
  const subscription = source
    .pipe(notify(policy(wait), { notifiers: { pager: recordingNotifier() }, ...options }))
    .subscribe({
      next: (event) => events.push(event),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    })
  return { source, events, ends, subscription }
}

describe('notify', () => {
  it('tells decisions at their moment of virtual time', () => {
    // That has a time of its own.
    time.end()
    const test = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    test.run(({ hot, expectObservable }) => {
      // prettier-ignore
      const source =   hot('a 999ms c 9s a       9s ', { a: opened(0), c: cleared(1) })
      const expected = '(xw) 996ms (es) 8997ms d'
      const types$ = source.pipe(notify(policy('5s'), { notifiers: { pager: recordingNotifier() } }))
      expectObservable(types$, '11s !').toBe(expected, {
        x: expect.objectContaining({ type: 'created', time: 0 }),
        w: expect.objectContaining({ type: 'waiting', until: 5000 }),
        e: expect.objectContaining({ type: 'cleared', time: 1000 }),
        s: expect.objectContaining({ type: 'suppressed', reason: 'cleared-before-wait' }),
        d: expect.objectContaining({ type: 'duplicate', reason: 'already-cleared' }),
      })
    })
  })

  it('tells of an alert and of its end, and completes when both are delivered', async () => {
    const notifier = recordingNotifier()
    const events: NotifyEvent[] = []
    const told$ = of(opened(0), cleared(1000)).pipe(notify(policy(), { notifiers: { pager: notifier } }))
    await told$.forEach((event) => void events.push(event))
    expect(types(events)).toEqual(['created', 'planned', 'cleared', 'delivered', 'planned', 'delivered'])
    expect(notifier.attempts.map(({ notification }) => notification.kind)).toEqual(['alert', 'recovery'])
  })

  it('completes with an empty source, and waits for what is still to be told', async () => {
    const ended: string[] = []
    EMPTY.pipe(notify(policy(), { notifiers: { pager: recordingNotifier() } })).subscribe({
      complete: () => ended.push('empty'),
    })
    expect(ended).toEqual(['empty'])

    const { source, ends, events } = start({}, '60s')
    source.next(opened(0))
    source.complete()
    await time.advanceTo(59_999)
    expect(ends).toEqual([])
    await time.advanceTo(60_000)
    expect(ends).toEqual(['complete'])
    expect(types(events)).toEqual(['created', 'waiting', 'planned', 'delivered'])
  })

  it('is silent with a source that never speaks', async () => {
    const events: NotifyEvent[] = []
    const subscription = NEVER.pipe(
      notify(policy(), { notifiers: { pager: recordingNotifier() } }),
    ).subscribe((event) => events.push(event))
    await time.advanceTo(1e9)
    expect(events).toEqual([])
    expect(time.scheduled).toBe(0)
    subscription.unsubscribe()
  })

  it('passes an error of the source on and aborts what it is sending', async () => {
    const slow = recordingNotifier({ script: ['hang'] })
    const errors: unknown[] = []
    concat(
      of(opened(0)),
      throwError(() => new Error('broken')),
    )
      .pipe(notify(policy(), { notifiers: { pager: slow } }))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    expect(errors).toEqual([new Error('broken')])
    await time.advanceBy(0)
    expect(slow.attempts).toMatchObject([{ answer: 'aborted' }])
  })

  it('releases timers, attempts and the store when it is unsubscribed, and takes up there when subscribed again', async () => {
    const store = memoryNotifyStore()
    const slow = recordingNotifier({ script: ['hang'] })
    const first = start({ store, notifiers: { pager: slow } })
    first.source.next(opened(0))
    expect(time.scheduled).toBe(1)
    first.subscription.unsubscribe()
    expect(time.scheduled).toBe(0)
    expect(first.source.observed).toBe(false)
    await time.advanceBy(0)
    expect(slow.attempts).toMatchObject([{ answer: 'aborted' }])
    expect(store.openAlerts()).toHaveLength(1)

    const notifier = recordingNotifier()
    const second = start({ store, notifiers: { pager: notifier } })
    await time.advanceBy(0)
    expect(types(second.events)).toEqual(['delivered'])
    expect(notifier.attempts[0]?.notification.id).toBe(planned(first.events))
  })

  it('takes no more of a source that never pauses once it is unsubscribed', () => {
    let taken = 0
    function* endless(): Generator<FaultSignal> {
      for (;;) yield opened(0, { metric: `m${taken++}` })
    }
    const events: NotifyEvent[] = []
    from(endless())
      .pipe(notify(policy(), { notifiers: { pager: recordingNotifier() } }), take(3))
      .subscribe((event) => events.push(event))
    expect(events).toHaveLength(3)
    expect(taken).toBeLessThan(5)
  })

  it('keeps two subscribers apart', async () => {
    const notifier = recordingNotifier()
    const told$ = of(opened(0)).pipe(notify(policy(), { notifiers: { pager: notifier } }))
    const [a, b]: NotifyEvent[][] = [[], []]
    told$.subscribe((event) => a?.push(event))
    told$.subscribe((event) => b?.push(event))
    await time.advanceBy(0)
    expect(types(a ?? [])).toEqual(['created', 'planned', 'delivered'])
    expect(types(b ?? [])).toEqual(types(a ?? []))
    expect(notifier.attempts).toHaveLength(2)
  })

  it('refuses a second subscription over one store', () => {
    const store = memoryNotifyStore()
    start({ store })
    expect(start({ store }).ends).toEqual([expect.objectContaining({ code: 'NOTIFY_STORE_IN_USE' })])
    // The first run still holds it.
    expect(start({ store }).ends).toHaveLength(1)
  })

  it('takes signals that its own events cause', () => {
    const source = new Subject<FaultSignal>()
    const seen: string[] = []
    source.pipe(notify(policy(), { notifiers: { pager: recordingNotifier() } })).subscribe((event) => {
      seen.push(event.type)
      if (event.type === 'created') source.next(changed(1, 1, { openedAt: 0 }))
    })
    source.next(opened(0))
    expect(seen).toEqual(['created', 'planned', 'severity'])
  })

  it('arms one action of the scheduler, whatever waits', () => {
    const { source } = start({}, '60s')
    for (let index = 0; index < 100; index++) source.next(opened(index, { metric: `m${index}` }))
    expect(time.scheduled).toBe(1)
  })

  it('waits by a scheduler of its own, where one is given', async () => {
    const scheduler: SchedulerLike = {
      now: () => time.now() + 1_000_000,
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay?: number) =>
        time.schedule(work, delay),
    }
    const { source, events } = start({ scheduler }, '60s')
    source.next(opened(1_000_000))
    await time.advanceTo(59_999)
    expect(types(events)).toEqual(['created', 'waiting'])
    await time.advanceTo(60_000)
    expect(events.slice(2)).toMatchObject([{ type: 'planned', time: 1_060_000 }, { type: 'delivered' }])
  })

  it('waits for longer than a timer of JavaScript can', async () => {
    const long: Policy = {
      groups: { ops: { notifiers: ['pager'] } },
      routes: [{ group: 'ops', wait: { '2': '30d' } }],
    }
    const notifier = recordingNotifier()
    of(opened(0))
      .pipe(notify(long, { notifiers: { pager: notifier } }))
      .subscribe()
    await time.advanceTo(30 * 86_400_000 - 1)
    expect(notifier.attempts).toEqual([])
    await time.advanceTo(30 * 86_400_000)
    expect(notifier.attempts).toHaveLength(1)
  })

  it('does what commands ask, and outlives their end and their errors', async () => {
    const commands = new Subject<Command>()
    const problems: NotifyProblem[] = []
    const { source, events } = start({
      commands,
      problems: { next: (problem) => problems.push(problem) },
    })
    source.next(opened(0))
    await time.advanceBy(0)
    const alert = events[0]?.type === 'created' ? events[0].alert : ''
    commands.next({ type: 'acknowledge', alert, by: 'ann', until: 5000 })
    source.next(changed(0, 3))
    await time.advanceTo(4999)
    expect(types(events).slice(3)).toEqual(['acknowledged', 'severity', 'suppressed'])
    commands.error(new Error('gone'))
    await time.advanceTo(5000)
    expect(types(events).slice(6)).toEqual(['unacknowledged', 'planned', 'delivered'])
    expect(problems).toMatchObject([{ from: 'notify', reason: 'commands-failed', time: 4999, count: 1 }])
  })

  it('answers malformed signals and commands in their turn, and goes on', () => {
    const problems: NotifyProblem[] = []
    const commands = new Subject<Command>()
    const { source, events } = start({ commands, problems: { next: (problem) => problems.push(problem) } })
    const bad: unknown[] = [
      undefined,
      { type: 'normal' },
      { ...opened(0), severity: 6 },
      { ...opened(0), time: NaN },
      { ...opened(0), series: { key: 'x', metric: 'x', tags: { a: 1 } } },
      { ...opened(0), cause: { reason: 'above', value: 1n } },
      { ...opened(0), cause: { reason: 'above', toJSON: () => 5 } },
      { ...opened(0), series: { ...opened(0).series, tags: new Map([['a', 'b']]) } },
      {
        ...opened(0),
        get time() {
          throw new Error('no longer there')
        },
      },
    ]
    for (const value of bad) source.next(value as FaultSignal)
    commands.next({ type: 'acknowledge', alert: '', by: 'ann' })
    source.next(opened(0))
    commands.next({ type: 'explode' } as unknown as Command)
    expect(events.map((event) => ('reason' in event ? `${event.type} ${event.reason}` : event.type))).toEqual(
      [
        ...bad.map(() => 'refused malformed'),
        'command-refused malformed',
        'created',
        'planned',
        'command-refused malformed',
      ],
    )
    expect(problems).toEqual([])
  })

  it('keeps nothing of a signal but what it knows, whatever else is in it', async () => {
    const store = memoryNotifyStore()
    const problems: NotifyProblem[] = []
    const { source, events } = start({
      store,
      problems: { next: (problem) => problems.push(problem) },
    })
    const sample = { value: 1, exact: 2n ** 60n, text: 'x'.repeat(1_000_000) }
    const loop: { self?: unknown } = {}
    loop.self = loop
    const from = opened(0)
    const cause = { reason: 'above', value: 95 }
    const series = { ...from.series, unit: 5n }
    source.next({ ...from, cause, series, sample, loop } as FaultSignal)
    await time.advanceTo(0)
    expect(types(events)).toEqual(['created', 'planned', 'delivered'])
    expect(store.openAlerts().map(({ signal }) => signal)).toEqual([{ ...from, cause }])
    expect(JSON.stringify(store.openAlerts()).length).toBeLessThan(5000)
    expect(problems).toEqual([])
  })

  it('takes a command that is a proxy, such as the state of a form', () => {
    const commands = new Subject<Command>()
    const { source, events } = start({ commands })
    source.next(opened(0))
    const alert = events[0]?.type === 'created' ? events[0].alert : ''
    commands.next(new Proxy({ type: 'acknowledge', alert, by: 'ann' } as const, {}))
    expect(types(events).at(-1)).toBe('acknowledged')
  })

  it('says that no more commands come, whatever their stream threw', () => {
    const problems: NotifyProblem[] = []
    const commands = new Subject<Command>()
    start({ commands, problems: { next: (problem) => problems.push(problem) } })
    commands.error(Object.assign(new Error(), { message: Object.create(null) }))
    expect(problems).toMatchObject([
      { reason: 'commands-failed', message: 'no more commands: something was thrown that has no text' },
    ])
  })

  it('warns once of each kind of problem that nobody listens to', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    for (const problems of [undefined, new Subject<NotifyProblem>()]) {
      warn.mockClear()
      const commands = new Subject<Command>()
      const store = { ...memoryNotifyStore(), load: () => new Promise<never>(() => undefined) }
      const { source } = start({ commands, problems, store, maxPending: 1 })
      for (let index = 0; index < 3; index++) source.next(opened(0))
      commands.error(new Error('gone'))
      expect(warn.mock.calls.map(([, kind]) => kind)).toEqual([
        { type: 'TocsinWarning', code: 'notify/overflow' },
        { type: 'TocsinWarning', code: 'notify/commands-failed' },
      ])
    }
    warn.mockRestore()
  })

  it('tells by the notifiers that it was given, whatever becomes of the object that held them', async () => {
    const notifier = recordingNotifier()
    const notifiers: Record<string, Notifier> = { pager: notifier }
    const { source } = start({ notifiers })
    delete notifiers['pager']
    source.next(opened(0))
    await time.advanceBy(0)
    expect(notifier.attempts).toHaveLength(1)
  })

  it('begins no further attempt where one of them unsubscribes', () => {
    const told: string[] = []
    const stop = new Subject<void>()
    const send = async ({ notifier }: Notification): Promise<void> => {
      told.push(notifier)
      stop.next()
    }
    const two = { groups: { ops: { notifiers: ['a', 'b'] } }, routes: [{ group: 'ops' }] }
    concat(of(opened(0)), NEVER)
      .pipe(notify(two, { notifiers: { a: { send }, b: { send } } }), takeUntil(stop))
      .subscribe()
    expect(told).toEqual(['a'])
  })
})

const planned = (events: readonly NotifyEvent[]): string =>
  events.flatMap((event) => (event.type === 'planned' ? [event.notification] : []))[0] ?? 'none'

describe('the store of notify', () => {
  /** A store whose appends resolve when the test says so. */
  function slowStore() {
    const inner = memoryNotifyStore()
    const waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
    const store: NotifyStore = {
      ...inner,
      load: async () => inner.load(),
      append: async (changes) => {
        await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
        await inner.append(changes)
      },
    }
    return { store, waiting }
  }

  it('has a decision before anybody hears of it', async () => {
    const { store, waiting } = slowStore()
    const notifier = recordingNotifier()
    const { source, events } = start({ store, notifiers: { pager: notifier } })
    source.next(opened(0))
    await time.advanceBy(0)
    expect(waiting).toHaveLength(1)
    expect(events).toEqual([])
    expect(notifier.attempts).toEqual([])
    waiting[0]?.resolve()
    await time.advanceBy(0)
    expect(types(events)).toEqual(['created', 'planned'])
    expect(notifier.attempts).toHaveLength(1)
  })

  it('takes together what came in while it was busy, in order', async () => {
    const { store, waiting } = slowStore()
    const { source, events } = start({ store })
    for (let index = 0; index < 50; index++) source.next(opened(0, { metric: `m${index}` }))
    await time.advanceBy(0)
    let appends = 0
    while (waiting.length > 0) {
      waiting.shift()?.resolve()
      appends += 1
      await time.advanceBy(0)
    }
    // The first signal, the others, and the results, of which no more than eight come at a time.
    expect(appends).toBeLessThan(12)
    expect(events.filter(({ type }) => type === 'created')).toHaveLength(50)
    expect(events.filter(({ type }) => type === 'delivered')).toHaveLength(50)
  })

  it('drops what is too much, as a problem that is counted', async () => {
    const { store, waiting } = slowStore()
    const problems: NotifyProblem[] = []
    const { source, events } = start({
      store,
      maxPending: 2,
      problems: { next: (problem) => problems.push(problem) },
    })
    await time.advanceBy(0)
    for (let index = 0; index < 6; index++) source.next(opened(0, { metric: `m${index}` }))
    await time.advanceBy(0)
    while (waiting.length > 0) {
      waiting.shift()?.resolve()
      await time.advanceBy(0)
    }
    expect(problems.map(({ reason, series }) => `${reason} ${series}`)).toEqual([
      'overflow m2',
      'overflow m3',
      'overflow m4',
      'overflow m5',
    ])
    expect(
      events.flatMap((event) => (event.type === 'created' ? [`${event.ruleSet} ${event.series}`] : [])),
    ).toEqual(['rules m0', 'rules m1', 'tocsin.notify notify.overflow'])
  })

  it('lets who asks for something hear at once that there is no room, and shows ten problems of signals a second', async () => {
    const { store, waiting } = slowStore()
    const problems: NotifyProblem[] = []
    const commands = new Subject<Command>()
    const { source, events } = start({
      store,
      commands,
      maxPending: 2,
      problems: { next: (problem) => problems.push(problem) },
    })
    await time.advanceBy(0)
    for (let index = 0; index < 28; index++) source.next(opened(0, { metric: `m${index}` }))
    commands.next({ type: 'acknowledge', alert: 'a', by: 'ann' })
    commands.next({ type: 'maintenance', maintenance: { id: 'm', select: '*', from: 0, to: 1 } })
    commands.next({} as Command)
    source.next({} as FaultSignal)
    expect(events).toMatchObject([
      { type: 'command-refused', reason: 'overflow', command: 'acknowledge', id: 'a', time: 0 },
      { type: 'command-refused', reason: 'overflow', command: 'maintenance', id: 'm' },
      { type: 'command-refused', reason: 'malformed' },
      { type: 'refused', reason: 'malformed' },
    ])
    await time.advanceTo(1000)
    source.next(opened(0, { metric: 'last' }))
    expect(problems.map(({ reason, count }) => `${reason} ${count}`)).toEqual([
      ...Array<string>(10).fill('overflow 1'),
      'overflow 17',
    ])
    expect(waiting).toHaveLength(1)
  })

  it('is waited for where its promises are those of another library', async () => {
    const { store, waiting } = slowStore()
    const foreign = <Value>(promise: Value): Value =>
      ({
        then: (done: () => void, failed: () => void) => Promise.resolve(promise).then(done, failed),
      }) as Value
    const { source, events } = start({
      store: {
        ...store,
        load: () => foreign(store.load()),
        append: (changes) => foreign(store.append(changes)),
      },
    })
    source.next(opened(0))
    await time.advanceBy(0)
    expect(events).toEqual([])
    waiting[0]?.resolve()
    await time.advanceBy(0)
    expect(types(events)).toEqual(['created', 'planned'])
  })

  it('is not released by a subscription that it refused', async () => {
    const { store } = slowStore()
    start({ store })
    for (let index = 0; index < 2; index++) {
      await time.advanceBy(0)
      const { ends } = start({ store })
      await time.advanceBy(0)
      expect(ends).toEqual([expect.objectContaining({ code: 'NOTIFY_STORE_IN_USE' })])
    }
  })

  it('that is slower than an attempt may take, and may be, does not lead to two attempts at a time', async () => {
    const { store, waiting } = slowStore()
    const signals: AbortSignal[] = []
    let most = 0
    const notifier: Notifier = {
      send: async (_, signal) => {
        signals.push(signal)
        most = Math.max(most, signals.filter(({ aborted }) => !aborted).length)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    }
    const { source } = start({ store, storePatienceMs: 1_000_000, notifiers: { pager: notifier } })
    await time.advanceBy(0)
    source.next(opened(0))
    for (let at = 10_000; at < 300_000; at += 10_000) {
      await time.advanceTo(at)
      if (at % 70_000 === 0) waiting.shift()?.resolve()
      await time.advanceBy(0)
    }
    expect(most).toBe(1)
    expect(signals.length).toBeGreaterThan(1)
  })
})

describe('a notifier', () => {
  it('that throws what is no delivery failure is tried again, and its message is not told', async () => {
    let calls = 0
    const notifier: Notifier = {
      send: () => {
        calls += 1
        if (calls === 1) throw Object.assign(new TypeError('https://secret.example.com'), { code: 'EFAIL' })
        return calls === 2
          ? Promise.reject(new NotifyError('NOTIFY_PEER_MISSING', 'not there'))
          : Promise.resolve()
      },
    }
    const { source, events } = start({ notifiers: { pager: notifier } })
    source.next(opened(0))
    await time.advanceTo(10_000)
    expect(events.slice(2, 5)).toMatchObject([
      { type: 'attempt-failed', failure: 'transient', message: 'the notifier threw TypeError (EFAIL)' },
      { type: 'attempt-failed', failure: 'permanent', message: 'NOTIFY_PEER_MISSING: not there' },
      { type: 'dead', reason: 'refused' },
    ])
  })
})

describe('an error', () => {
  it.each([
    ['NOTIFY_BAD_OPTION', false],
    ['NOTIFY_BAD_POLICY', false],
    ['NOTIFY_PEER_MISSING', false],
    ['NOTIFY_STORE_CLOSED', false],
    ['NOTIFY_STORE_CORRUPT', false],
    ['NOTIFY_STORE_FAILED', true],
    ['NOTIFY_STORE_IN_USE', true],
  ] as const)('%s says whether trying again may help: %s', (code, retryable) => {
    expect(new NotifyError(code, 'x').retryable).toBe(retryable)
  })

  it('of a delivery may pass, unless it was refused for good', () => {
    const failures = (['transient', 'rate-limited', 'permanent'] as const).map((failure) =>
      deliveryFailure(failure, 'x', { status: undefined }),
    )
    expect(failures.map(({ retryable }) => retryable)).toEqual([true, true, false])
    expect(failures[0]?.facts).toEqual({ failure: 'transient' })
  })
})

describe('wrong options', () => {
  const throws = (work: () => unknown): string => {
    try {
      work()
    } catch (error) {
      if (error instanceof NotifyError) return error.message
    }
    return 'did not throw'
  }

  it('throw at the call and say what is allowed', () => {
    const notifiers = { pager: recordingNotifier() }
    const messages = [
      throws(() => notify({ groups: {} } as unknown as Policy, { notifiers })),
      throws(() => notify(policy(), { notifiers: {} })),
      throws(() => notify(policy(), { notifiers: { pager: {} as Notifier } })),
      throws(() => notify(policy(), { notifiers, maxOpenAlerts: 0 })),
      throws(() => notify(policy(), { notifiers, store: {} as NotifyStore })),
      throws(() => notify(policy(), { notifiers, store: Promise.resolve(memoryNotifyStore()) as never })),
      throws(() => notify(policy(), { notifiers, commands: { send: () => undefined } as never })),
      throws(() => notify(policy(), { notifiers, retries: 3 } as NotifyOptions)),
      throws(() => notify(policy(), { notifiers: { pager: { ...recordingNotifier(), concurrency: 0 } } })),
      throws(() => notify(policy(), { notifiers, concurrency: 0 })),
      throws(() => notify(policy(), { notifiers, heartbeat: { everyMs: 0, send: async () => undefined } })),
      throws(() => notify('ops' as never, { notifiers })),
    ]
    expect(messages).toEqual([
      'NOTIFY_BAD_POLICY: policy.routes is missing; it must be an array of 0 to 1000 items',
      'NOTIFY_BAD_OPTION: option "notifiers" must have "pager", which the contact group "ops" names; known are none',
      'NOTIFY_BAD_OPTION: option "notifiers" must be an object of notifiers, each with a method send and, where it has one, a concurrency from 1 to 10000, got a value of type object',
      expect.stringMatching(/^NOTIFY_BAD_OPTION: option "maxOpenAlerts" must be a whole number from 1/),
      expect.stringMatching(/^NOTIFY_BAD_OPTION: option "store" must be an object with load/),
      'NOTIFY_BAD_OPTION: option "store" must be a store, got a promise: await openNotifyStore(…)',
      'NOTIFY_BAD_OPTION: option "commands" must be an observable, a promise or an iterable, got a value of type object',
      expect.stringMatching(/^NOTIFY_BAD_OPTION: unknown option "retries"/),
      expect.stringMatching(
        /^NOTIFY_BAD_OPTION: option "notifiers" must be .* a concurrency from 1 to 10000/,
      ),
      'NOTIFY_BAD_OPTION: option "concurrency" must be a whole number from 1 to 10000, got 0',
      expect.stringMatching(
        /^NOTIFY_BAD_OPTION: option "heartbeat" must be .* a whole number everyMs from 1/,
      ),
      expect.stringMatching(/^NOTIFY_BAD_POLICY: policy must be an object/),
    ])
  })
})
