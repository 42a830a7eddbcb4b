import { describe, expect, it } from 'vitest'

import { createNotifyEngine, defaultNotifyLimits } from '../src/engine.ts'
import type { NotifyChange, NotifyEngine, NotifyEngineOptions, Outcome, Policy } from '../src/engine.ts'
import { defaultNotifyOptions } from '../src/index.ts'
import { cleared, opened } from './support/signals.ts'

const policy: Policy = {
  groups: { ops: { notifiers: ['pager'] } },
  routes: [{ group: 'ops', wait: '5s' }],
  maintenance: [{ id: 'm', from: 0, to: 60_000, select: '__name:disk' }],
}
const options: NotifyEngineOptions = { policy, notifiers: ['pager'], random: () => 0.5 }

/** What came of it, in words; every attempt is answered at once. */
function told(engine: NotifyEngine, { events, sends }: Outcome, now: number): string[] {
  const answers = sends.flatMap(({ id, notifier, kind }) => [
    `${now} ${kind} to ${notifier}`,
    ...told(engine, engine.step({ type: 'result', result: { id, notifier } }, now), now),
  ])
  return [...events.map(({ type }) => `${now} ${type}`), ...answers]
}

describe('the engine of alerts', () => {
  it('tells in a loop that advances it at nextDue, and has nothing due at the end', () => {
    const engine = createNotifyEngine(options)
    const log = told(engine, engine.restore([], 0), 0)
    const signals = [opened(0), cleared(20_000, { openedAt: 0 })]
    for (const signal of [...signals, undefined]) {
      for (let due = engine.nextDue(); due <= (signal?.time ?? 1e6); due = engine.nextDue()) {
        log.push(...told(engine, engine.advance(due), due))
      }
      if (signal !== undefined)
        log.push(...told(engine, engine.step({ type: 'signal', signal }, signal.time), signal.time))
    }
    expect(log).toEqual([
      '0 created',
      '0 waiting',
      '5000 planned',
      '5000 alert to pager',
      '5000 delivered',
      '20000 cleared',
      '20000 planned',
      '20000 recovery to pager',
      '20000 delivered',
      '60000 maintenance-ended',
    ])
    expect([engine.nextDue(), engine.idle()]).toEqual([Infinity, true])
  })

  it('goes on after a restart from the changes that were kept as JSON', () => {
    const first = createNotifyEngine(options)
    const kept = [
      ...first.restore([], 0).changes,
      ...first.step({ type: 'signal', signal: opened(0) }, 0).changes,
      ...first.advance(5000).changes,
    ]
    const second = createNotifyEngine(options)
    const changes = JSON.parse(JSON.stringify(kept)) as NotifyChange[]
    expect(told(second, second.restore(changes, 9000), 9000)).toContain('9000 alert to pager')
  })

  it('refuses a policy, names and limits as notify does, and has its defaults', () => {
    const thrownBy = (more: object): unknown => {
      try {
        return createNotifyEngine({ ...options, ...more })
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(thrownBy({ policy: { groups: {} } })).toBe('NOTIFY_BAD_POLICY')
    for (const wrong of [
      { notifiers: ['mail'] },
      { notifiers: { pager: {} } },
      { failingAfterMs: 0 },
      { concurrency: 0 },
      { deadlineMs: 5 },
      { random: undefined },
      { maxPending: 1 },
    ]) {
      expect(thrownBy(wrong), JSON.stringify(wrong)).toBe('NOTIFY_BAD_OPTION')
    }
    expect(defaultNotifyOptions).toMatchObject(defaultNotifyLimits)
  })

  it('lets no detector raise or end an alert about alerting itself, for which there is always room', () => {
    const engine = createNotifyEngine({ ...options, maxOpenAlerts: 1 })
    engine.restore([], 0)
    for (const signal of [
      opened(0, { ruleSet: 'tocsin.notify' }),
      cleared(0, { ruleSet: 'tocsin.notify' }),
    ]) {
      const { events, changes } = engine.step({ type: 'signal', signal }, 0)
      expect(events).toMatchObject([{ type: 'refused', reason: 'malformed', path: 'signal.ruleSet' }])
      expect(changes).toEqual([])
    }
  })

  it('answers a malformed signal and a malformed command, and changes nothing', () => {
    const engine = createNotifyEngine(options)
    engine.restore([], 0)
    const bad = { ...opened(0), severity: 9 } as never
    expect(engine.step({ type: 'signal', signal: bad }, 5)).toEqual({
      changes: [],
      events: [
        {
          type: 'refused',
          reason: 'malformed',
          time: 5,
          signal: 'cpu-opened-0',
          ruleSet: 'rules',
          series: 'cpu',
          path: 'signal.severity',
          text: 'signal.severity must be a severity from 1, the worst, to 5, got 9',
        },
      ],
      sends: [],
      aborts: [],
      asks: [],
    })
    expect(engine.step({ type: 'command', command: { type: 'dance' } as never }, 6).events).toEqual([
      {
        type: 'command-refused',
        reason: 'malformed',
        time: 6,
        path: 'command.type',
        text: 'command.type must be one of "acknowledge", "unacknowledge", "clear", "maintenance", "end-maintenance", got "dance"',
      },
    ])
    expect(engine.nextDue()).toBe(60_000)
  })

  it('keeps nothing of a signal and a command that are changed afterwards', () => {
    const engine = createNotifyEngine(options)
    engine.restore([], 0)
    const signal = { ...opened(0), cause: { reason: 'above' } }
    engine.step({ type: 'signal', signal }, 0)
    signal.cause.reason = 'changed'
    expect(engine.advance(5000).sends[0]?.subject).toContain('above')
  })
})

it('refuses to be made of nothing, with a code', () => {
  for (const nothing of [undefined, null, {}]) {
    expect(() => createNotifyEngine(nothing as never)).toThrow('NOTIFY_BAD_OPTION')
  }
})
