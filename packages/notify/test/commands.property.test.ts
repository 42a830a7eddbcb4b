import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { createNotifyEngine } from '../src/engine.ts'
import type { Command, NotifyEngine, Referenced } from '../src/engine.ts'
import { notify } from '../src/index.ts'
import type { NotifyEvent } from '../src/index.ts'
import { recordingNotifier } from '../src/testing/index.ts'
import { opened } from './support/signals.ts'

const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }

/** An engine with one alert, and the id of that. */
function engineWithAlert(): { readonly engine: NotifyEngine; readonly alert: string } {
  const engine = createNotifyEngine({ policy, notifiers: ['pager'], random: () => 0.5 })
  engine.restore([], 0)
  const [created] = engine.step({ type: 'signal', signal: opened(0) }, 0).events
  if (created?.type !== 'created') throw new Error('no alert')
  return { engine, alert: created.alert }
}
const { alert: openAlert } = engineWithAlert()

/** Whether an event answers a command, and is not what became of an earlier one. */
const isAnswer = (event: NotifyEvent): boolean =>
  ['acknowledged', 'maintenance-set', 'command-refused'].includes(event.type) ||
  ((event.type === 'unacknowledged' || event.type === 'maintenance-ended') && event.reason === 'command')

const text = fc.constantFrom('m', 'n', openAlert, 'nobody', '', 'x'.repeat(20_000))
const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, -1, 0.5, 9e15, NaN))
const field = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: junk })
const type = fc.constantFrom('acknowledge', 'unacknowledge', 'maintenance', 'end-maintenance', 'dance')
const window = fc.record(
  {
    id: field(text),
    select: field(fc.constantFrom('*', '__name:cpu', 'and(')),
    from: field(fc.constantFrom(0, 500)),
    to: field(fc.constantFrom(50, 600, 0)),
    severities: field(fc.constantFrom([1], [6], [], [1, 2])),
  },
  { requiredKeys: [] },
)
const command = fc.record(
  {
    type: field(type),
    alert: field(text),
    by: field(text),
    id: field(text),
    until: field(fc.constantFrom(50, 1000)),
    maintenance: field(window),
    notes: field(text),
  },
  { requiredKeys: [] },
)
const good = fc.oneof(
  fc.record({
    type: fc.constantFrom('acknowledge', 'unacknowledge'),
    alert: fc.constantFrom(openAlert, 'x'),
    by: fc.constant('ann'),
  }),
  fc.record({ type: fc.constant('end-maintenance'), id: fc.constantFrom('m', 'n') }),
  fc.record({
    type: fc.constant('maintenance'),
    maintenance: fc.record({
      id: fc.constantFrom('m', 'n'),
      select: fc.constant('*'),
      from: fc.constant(0),
      to: fc.constantFrom(50, 600),
    }),
  }),
)
const anything = fc.oneof(good, command, fc.jsonValue())

describe('a command', () => {
  it('is answered by exactly one event that has its reference, whatever JSON it is, and changes nothing where it is refused', () => {
    const reasons = new Set<string>()
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 20 }), (commands) => {
        const { engine } = engineWithAlert()
        for (const [index, value] of commands.entries()) {
          engine.advance(100 + index)
          const due = engine.nextDue()
          const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
          const reference = isObject ? `r${index}` : undefined
          const command = (isObject ? Object.assign({}, value, { reference }) : value) as Command
          const { changes, events, sends } = engine.step({ type: 'command', command }, 100 + index)
          const answers = events.filter(isAnswer)
          expect(answers).toHaveLength(1)
          expect((answers[0] as Referenced).reference).toBe(reference)
          const [first] = events
          reasons.add(first?.type === 'command-refused' ? first.reason : 'followed')
          if (first?.type !== 'command-refused') continue
          expect([changes, sends, events.length, engine.nextDue()]).toEqual([[], [], 1, due])
          expect(first.text.length).toBeLessThanOrEqual(1000)
          expect(JSON.stringify(first).length).toBeLessThan(40_000)
        }
      }),
    )
    // It would prove nothing if all were of one kind.
    for (const reason of [
      'followed',
      'malformed',
      'unknown-alert',
      'not-acknowledged',
      'unknown-maintenance',
      'already-over',
    ])
      expect(reasons).toContain(reason)
  })

  it('is answered in its turn, also among malformed ones and before the store is loaded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), fc.nat(20), async (wellFormed, before) => {
        const commands = new Subject<Command>()
        const answers: unknown[] = []
        let load = (): void => undefined
        const loaded = new Promise<readonly never[]>((resolve) => (load = () => resolve([])))
        const store = {
          load: () => loaded,
          append: () => undefined,
          release: () => undefined,
          openAlerts: () => [],
        }
        const running = new Subject<never>()
          .pipe(notify(policy, { commands, store, notifiers: { pager: recordingNotifier() } }))
          .subscribe((event) => event.type === 'command-refused' && answers.push([event.id, event.reason]))
        for (const [index, isGood] of wellFormed.entries()) {
          if (index === before) {
            load()
            await loaded
          }
          commands.next({ type: 'end-maintenance', id: `${index}`, ...(!isGood && { by: 'ann' }) })
        }
        load()
        await loaded
        await Promise.resolve()
        running.unsubscribe()
        expect(answers).toEqual(
          wellFormed.map((isGood, index) => [`${index}`, isGood ? 'unknown-maintenance' : 'malformed']),
        )
      }),
    )
  })

  it.each([
    ['a text', 'x'.repeat(1_000_000)],
    ['a type', { type: 'x'.repeat(1_000_000) }],
    ['an alert', { type: 'acknowledge', alert: 'x'.repeat(1_000_000), by: 'ann' }],
    ['names', Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${index}`.repeat(500), 1]))],
  ])('that is a megabyte of %s is not told again in its answer', (_, value) => {
    const { engine } = engineWithAlert()
    const { events } = engine.step({ type: 'command', command: value as Command }, 1)
    expect(events).toMatchObject([{ type: 'command-refused', reason: 'malformed' }])
    expect(JSON.stringify(events).length).toBeLessThan(2000)
  })

  it('that throws where it is read is malformed', () => {
    const { engine } = engineWithAlert()
    const trap = new Proxy(
      {},
      {
        getOwnPropertyDescriptor: () => {
          throw new Error('no')
        },
      },
    )
    const { events } = engine.step({ type: 'command', command: trap as Command }, 1)
    expect(events).toMatchObject([
      {
        type: 'command-refused',
        reason: 'malformed',
        path: 'command',
        text: 'command must be plain data, but throws where it is read',
      },
    ])
  })
})
