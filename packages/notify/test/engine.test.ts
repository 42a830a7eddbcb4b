import { describe, expect, it } from 'vitest'

import { checkCommand, checkSignal, createNotifyEngine, defaultNotifyLimits } from '../src/engine.ts'
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
  const answers = sends.flatMap(({ id, target, kind }) => [
    `${now} ${kind} to ${target}`,
    ...told(engine, engine.step({ type: 'result', result: { id, target } }, now), now),
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
      { deadlineMs: 0 },
      { random: undefined },
      { maxPending: 1 },
    ]) {
      expect(thrownBy(wrong), JSON.stringify(wrong)).toBe('NOTIFY_BAD_OPTION')
    }
    expect(defaultNotifyOptions).toMatchObject(defaultNotifyLimits)
  })

  it('has the checks for what comes from outside', () => {
    expect([checkSignal(opened(0)), checkCommand({ type: 'end-maintenance', id: 'm' })]).toEqual([
      undefined,
      undefined,
    ])
    expect(checkSignal({ ...opened(0), severity: 9 })).toContain('signal.severity')
    expect(checkCommand({ type: 'dance' })).toContain('command.type')
  })
})

it('refuses to be made of nothing, with a code', () => {
  for (const nothing of [undefined, null, {}]) {
    expect(() => createNotifyEngine(nothing as never)).toThrow('NOTIFY_BAD_OPTION')
  }
})
