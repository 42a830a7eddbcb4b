import { describe, expect, it } from 'vitest'

import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { Policy } from '../../src/model/policy.ts'
import { everybody, Rig } from '../support/engine.ts'
import { changed, cleared, opened } from '../support/signals.ts'

const unreached: DeliveryFailure = { failure: 'transient', message: 'ECONNREFUSED', arrived: 'no' }
const refused: DeliveryFailure = { failure: 'permanent', message: '401 Unauthorized' }

/** Told of the alert at 0; from 1 s on the receiver is away until `back`. */
function away(back = 100_000, policy: Policy = everybody): Rig {
  const rig = new Rig(policy, ['a'])
  rig.answer = () => (rig.now >= 1000 && rig.now < back ? unreached : 'ok')
  return rig.signal(opened(0))
}

const acknowledge = (rig: Rig, rest: { until?: number } = {}): Rig =>
  rig.command({ type: 'acknowledge', alert: rig.open[0]?.id ?? 'none', by: 'ann', ...rest })

describe('what waits for a receiver that is away', () => {
  it('is an end instead of a severity where the alert is over meanwhile', () => {
    const rig = away().signal(changed(1000, 1)).signal(cleared(20_000)).to(1e6)
    expect(rig.decisions).toContain('superseded cleared')
    expect(rig.told.map((line) => line.replace(/^\d+ /, ''))).toEqual(['alert 2 a', 'recovery 1 a'])
  })

  it('is no end any more where the alert begins again meanwhile: who knows of it is told nothing', () => {
    const rig = away().signal(cleared(1000)).signal(opened(20_000)).to(1e6)
    expect(rig.decisions).toContain('superseded reopened')
    expect(rig.told).toEqual(['0 alert 2 a'])
    expect(rig.open).toHaveLength(1)
  })

  it('is a severity instead of a reminder where there is news', () => {
    const rig = acknowledge(away(), { until: 1000 }).to(1000).signal(changed(20_000, 1)).to(1e6)
    expect(rig.decisions).toContain('superseded severity')
    expect(rig.told.map((line) => line.replace(/^\d+ /, ''))).toEqual(['alert 2 a', 'transition 1 a'])
  })

  it('is no reminder any more where somebody holds the alert again', () => {
    const rig = away(1e9)
    acknowledge(rig, { until: 1000 }).to(1000)
    rig.answer = () => (rig.now < 5000 ? refused : 'ok')
    rig.to(3000)
    expect(rig.decisions).toContain('dead refused')
    acknowledge(rig.to(4000)).to(1e6)
    expect(rig.told).toEqual(['0 alert 2 a'])
  })

  it('is a reminder that is planned again where it was given up, though it may have arrived', () => {
    const rig = acknowledge(away(0, { ...everybody, giveUp: '10m' }), { until: 1000 })
    rig.answer = () => (rig.now < 4_000_000 ? 'lost' : 'ok')
    rig.to(1e7)
    expect(rig.decisions).toContain('dead deadline')
    expect(rig.attempts.at(-1)).toMatchObject({ kind: 'reminder', accepted: true })
    expect(new Set(rig.attempts.map(({ id }) => id)).size).toBeGreaterThan(2)
  })

  it('is not that nobody knows of the alert, once its detector was heard of again', () => {
    const rig = away(1e6, { ...everybody, stale: { after: '1m' } }).to(95_000)
    expect(rig.decisions).toContain('unknown')
    rig.step({ type: 'answer', alert: rig.alertId, is: 'open' })
    expect(rig.decisions).toContain('superseded still-open')
    expect(
      rig
        .signal(cleared(96_000))
        .to(2e6)
        .told.map((line) => line.split(' ')[1]),
    ).toEqual(['alert', 'recovery'])
  })

  it('is given up for good where it is an end that took too long, and nothing is left of the alert', () => {
    const rig = away(Infinity, { ...everybody, giveUp: '10m' })
      .signal(cleared(1000))
      .to(1e7)
    expect(rig.decisions).toContain('dead deadline')
    expect(rig.open).toEqual([])
    expect([...rig.engine.state.alerts.values()].map(({ ruleSet }) => ruleSet)).not.toContain('rules')
    expect(rig.engine.state.notifications.size).toBe(0)
  })
})

describe('an alert whose ends are told only once they have lasted', () => {
  /** Opened and ended three times from `start` on, told of each, and open again 9 s later. */
  const flapping = (rig: Rig, start = 0): Rig => {
    rig.to(start)
    for (let time = start; time < start + 9000; time += 3000)
      rig.signal(opened(time)).signal(cleared(time + 1000, { openedAt: time }))
    return rig.signal(opened(start + 9000))
  }
  const ended = (rig: Rig, start = 0): Rig => rig.signal(cleared(start + 10_000, { openedAt: start + 9000 }))

  it('is still to be told while its end waits, and is not after that', () => {
    const rig = ended(flapping(new Rig()))
    const told = rig.told.length
    expect(rig.engine.idle()).toBe(false)
    rig.to(309_999)
    expect([rig.engine.idle(), rig.told.length]).toEqual([false, told])
    rig.to(310_000)
    expect([rig.engine.idle(), rig.told.at(-1)]).toEqual([true, '310000 recovery 2 a'])
  })

  it('keeps a severity that waits for its receiver while an end may not last', () => {
    const rig = new Rig(everybody, ['a'])
    rig.answer = () => (rig.now >= 9500 && rig.now < 60_000 ? unreached : 'ok')
    flapping(rig).signal(changed(9600, 1, { openedAt: 9000 }))
    ended(rig).signal(changed(11_000, 1, { openedAt: 11_000 }))
    expect(rig.to(1e6).told.at(-1)).toMatch(/ transition 1 a$/)
    expect(rig.decisions).not.toContain('superseded cleared')
  })

  it('waits for as long as it had left where the clock is set back', () => {
    const rig = ended(flapping(new Rig(), 1e6), 1e6).to(1.02e6)
    const told = rig.told.length
    rig.jump(500_000).to(789_999)
    expect(rig.told).toHaveLength(told)
    expect(rig.to(790_000).told.at(-1)).toBe('790000 recovery 2 a')
  })

  it('waits no longer than the policy says after a restart with a clock that was set back', () => {
    const rig = ended(flapping(new Rig(), 1e9), 1e9)
    rig.now = 0
    rig.restart().to(300_000)
    expect(rig.told.at(-1)).toBe('300000 recovery 2 a')
  })

  it('does not flap any more where the policy counts ends of a shorter time', () => {
    const rig = flapping(new Rig()).to(100_000)
    rig.restart({ ...everybody, flapping: { within: '1m' } }).signal(cleared(101_000, { openedAt: 9000 }))
    expect(rig.told.at(-1)).toBe('101000 recovery 2 a')
  })
})
