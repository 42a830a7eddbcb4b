import { describe, expect, it } from 'vitest'

import { everybody, Rig } from '../support/engine.ts'
import { changed, cleared, opened } from '../support/signals.ts'

const transient = { failure: 'transient', message: 'down' } as const
const permanent = { failure: 'permanent', message: 'gone' } as const

describe('delivery', () => {
  it('tries again after growing waits, with the same id', () => {
    const rig = new Rig()
    rig.answer = (_, attempt) => (attempt < 4 ? transient : 'ok')
    rig.signal(opened(0)).to(60_000)
    // Half of 1 s, 2 s and 4 s.
    expect(rig.attempts.map(({ at }) => at)).toEqual([0, 500, 1500, 3500])
    expect(new Set(rig.attempts.map(({ id }) => id)).size).toBe(1)
    expect(rig.events.filter(({ type }) => type === 'attempt-failed')).toMatchObject([
      { attempt: 1, retryAt: 500, failure: 'transient' },
      { attempt: 2, retryAt: 1500 },
      { attempt: 3, retryAt: 3500 },
    ])
    expect(rig.events.at(-1)).toMatchObject({ type: 'delivered', attempts: 4 })
  })

  it('gives up at the deadline, with a last attempt then', () => {
    const rig = new Rig(everybody, ['a'], { deadlineMs: 10_000 })
    rig.answer = () => transient
    rig.signal(opened(0)).to(1e7)
    expect(rig.attempts.at(-1)?.at).toBe(10_000)
    expect(rig.decisions.at(-1)).toBe('dead deadline')
    expect(rig.engine.nextDue()).toBe(Infinity)
  })

  it('tells the end of an alert whose attempts may have arrived, and not of one that was refused', () => {
    const unsure = new Rig()
    unsure.answer = ({ kind }) => (kind === 'alert' ? transient : 'ok')
    unsure.signal(opened(0)).to(4e6).signal(cleared(5e6))
    expect(unsure.told).toEqual(['5000000 recovery 2 a'])

    const refused = new Rig()
    refused.answer = () => permanent
    refused.signal(opened(0)).signal(cleared(5000)).to(1e7)
    expect(refused.attempts).toHaveLength(1)
    expect(refused.decisions.slice(-2)).toEqual(['cleared', 'suppressed never-told'])
  })

  it('tells a target that refused an alert of its next severity as of a new alert', () => {
    const rig = new Rig()
    rig.answer = (_, attempt) => (rig.attempts.length === 0 && attempt === 1 ? permanent : 'ok')
    rig.signal(opened(0)).signal(changed(10, 1))
    expect(rig.told).toEqual(['10 alert 1 a'])
  })

  it('rests only the target that asked for it, for as long as it asked', () => {
    const rig = new Rig({ groups: { all: { notifiers: ['a', 'b'] } }, routes: [{ group: 'all' }] })
    rig.answer = ({ target }, attempt) =>
      target === 'a' && attempt === 1
        ? { failure: 'rate-limited', message: 'slow down', retryAfterMs: 60_000 }
        : 'ok'
    rig
      .signal(opened(0))
      .signal(opened(10, { metric: 'disk' }))
      .to(59_999)
    expect(rig.told).toEqual(['0 alert 2 b', '10 alert 2 b'])
    expect(rig.attempts.filter(({ target }) => target === 'a')).toHaveLength(1)
    rig.to(119_999)
    expect(rig.told.filter((line) => line.endsWith(' a'))).toHaveLength(1)
    rig.to(120_000)
    expect(rig.told.filter((line) => line.endsWith(' a'))).toHaveLength(2)
  })

  it('lets no target silence itself for longer than the deadline', () => {
    const rig = new Rig()
    rig.answer = (_, attempt) =>
      attempt === 1 ? { failure: 'rate-limited', message: 'never', retryAfterMs: 1e15 } : 'ok'
    expect(rig.signal(opened(0)).to(1e8).told).toEqual(['3600000 alert 2 a'])
  })

  it('makes one attempt at a time to a target, and aborts one that does not end', () => {
    const rig = new Rig()
    rig.answer = ({ series }, attempt) => (series === 'cpu' && attempt === 1 ? 'hangs' : 'ok')
    rig.signal(opened(0)).signal(opened(10, { metric: 'disk' }))
    expect(rig.attempts).toHaveLength(1)
    rig.to(29_999)
    expect(rig.attempts).toHaveLength(1)
    rig.to(40_000)
    expect(rig.aborted).toHaveLength(1)
    expect(rig.told).toEqual(['30000 alert 2 a', '30500 alert 2 a'])
  })

  it('does not hear the end of an attempt that was given up', () => {
    const rig = new Rig()
    rig.answer = (_, attempt) => (attempt === 1 ? 'hangs' : transient)
    rig.signal(opened(0)).to(30_000)
    const { id = '', target = '' } = rig.attempts[0] ?? {}
    rig.step({ type: 'result', result: { id, target } })
    expect(rig.decisions).not.toContain('delivered')
  })

  it('never lets an end overtake its alert, and tells what came and went meanwhile as one', () => {
    const rig = new Rig()
    rig.answer = (_, attempt) => (attempt === 1 && rig.attempts.length === 0 ? transient : 'ok')
    rig.random = () => 0.999
    rig.signal(opened(0)).signal(changed(10, 1)).signal(changed(20, 4)).signal(cleared(30)).to(5000)
    expect(rig.told).toEqual(['999 alert 2 a', '999 recovery 4 a'])
    const other = new Rig()
    other.answer = rig.answer = (_, attempt) =>
      attempt === 1 && other.attempts.length === 0 ? transient : 'ok'
    other.signal(opened(0)).signal(changed(10, 1)).signal(changed(20, 4)).to(5000)
    expect(other.told).toEqual(['500 alert 2 a', '500 transition 4 a'])
  })

  it('keeps a new episode behind the end of the one before it', () => {
    const rig = new Rig()
    rig.answer = ({ kind }, attempt) => (kind === 'recovery' && attempt === 1 ? transient : 'ok')
    rig.signal(opened(0)).signal(cleared(10)).signal(opened(20)).to(5000)
    expect(rig.told).toEqual(['0 alert 2 a', '510 recovery 2 a', '510 alert 2 a'])
  })

  it('keeps a new episode behind the end of one that could not be told in time, also after a restart', () => {
    const rig = new Rig()
    rig.answer = () => transient
    rig.signal(opened(0)).signal(cleared(10)).signal(opened(20))
    rig.answer = ({ kind }) => (kind === 'recovery' ? 'hangs' : 'ok')
    rig.to(5000)
    rig.answer = () => 'ok'
    rig.restart()
    expect(rig.told).toEqual(['500 alert 2 a', '5000 recovery 2 a', '5000 alert 2 a'])
  })

  it('sends again after a restart what was not settled, with the same id, and nothing else', () => {
    const rig = new Rig()
    rig.answer = ({ series }) => (series === 'disk' ? 'hangs' : 'ok')
    rig.signal(opened(0)).signal(opened(10, { metric: 'disk' }))
    rig.answer = () => 'ok'
    rig.restart()
    expect(rig.attempts.map(({ series }) => series)).toEqual(['cpu', 'disk', 'disk'])
    expect(rig.attempts[1]?.id).toBe(rig.attempts[2]?.id)
    rig.restart()
    expect(rig.attempts).toHaveLength(3)
  })

  it('goes on as after a restart when the clock is set back, and waits for no time that went away', () => {
    const rig = new Rig({ groups: { all: { notifiers: ['a', 'b'] } }, routes: [{ group: 'all' }] })
    rig.answer = ({ target }) => (target === 'a' ? transient : 'hangs')
    rig.now = 7_200_000
    rig.signal(opened(0))
    const [, hanging] = rig.attempts
    rig.answer = () => 'ok'
    rig.now = 3_600_000
    rig.signal(opened(3_600_000, { metric: 'disk' })).to(3_600_000)
    expect(rig.told.map((line) => line.split(' ')[0])).toEqual(Array<string>(4).fill('3600000'))
    expect(rig.aborted).toEqual([hanging?.id])
    expect(rig.engine.nextDue()).toBe(Infinity)
  })

  it('takes a time that is a little earlier for the last one', () => {
    const rig = new Rig()
    rig.answer = () => 'hangs'
    rig.now = 60_000
    rig.signal(opened(0))
    rig.now = 0
    rig.step({ type: 'tick' })
    expect([rig.attempts.length, rig.aborted, rig.engine.nextDue()]).toEqual([1, [], 90_000])
  })

  it('buries what was planned for a notifier that is gone after a restart', () => {
    const rig = new Rig({ groups: { ops: { notifiers: ['b'] } }, routes: [{ group: 'ops' }] })
    rig.answer = () => 'hangs'
    rig.signal(opened(0)).restart(everybody, ['a'])
    expect(rig.decisions.at(-2)).toBe('dead no-notifier')
    rig.answer = () => 'ok'
    rig.restart(everybody, ['a'])
    rig.signal(cleared(10))
    expect(rig.decisions).toContain('suppressed no-notifier')
    expect(rig.engine.state.alerts.size).toBe(0)
  })
})
