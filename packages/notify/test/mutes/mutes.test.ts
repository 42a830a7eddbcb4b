import { describe, expect, it } from 'vitest'

import { maxMaintenance } from '../../src/model/command.ts'
import type { Policy } from '../../src/model/policy.ts'
import { everybody, Rig } from '../support/engine.ts'
import { changed, cleared, opened } from '../support/signals.ts'

describe('an acknowledgement', () => {
  const acknowledge = (rig: Rig, rest: { until?: number; notes?: string } = {}): Rig =>
    rig.command({ type: 'acknowledge', alert: rig.alertId, by: 'ann', ...rest })

  it('holds back what is equal or milder, and not the end', () => {
    const rig = acknowledge(new Rig().signal(opened(0)))
    rig.signal(changed(10, 4)).signal(changed(20, 2)).signal(changed(30, 3)).signal(cleared(40))
    expect(rig.told).toEqual(['0 alert 2 a', '40 recovery 3 a'])
    expect(rig.decisions).toContain('suppressed acknowledged')
  })

  it('is ended by a worse severity, which is told', () => {
    const rig = acknowledge(new Rig().signal(opened(0)))
      .signal(changed(10, 1))
      .signal(changed(20, 3))
    expect(rig.told).toEqual(['0 alert 2 a', '10 transition 1 a', '20 transition 3 a'])
    expect(rig.decisions).toContain('unacknowledged worse-severity')
  })

  it('ends at its time, and what was held back is told then, once', () => {
    const rig = acknowledge(new Rig().signal(opened(0)), { until: 500 })
      .signal(changed(10, 4))
      .to(1000)
    expect(rig.told).toEqual(['0 alert 2 a', '500 transition 4 a'])
    expect(rig.decisions).toContain('unacknowledged expired')
  })

  it('given during the wait holds the first notification back until it is taken back', () => {
    const policy: Policy = { ...everybody, routes: [{ group: 'ops', wait: { '2': '1m' } }] }
    const rig = acknowledge(new Rig(policy).signal(opened(0))).to(100_000)
    expect(rig.told).toEqual([])
    rig.command({ type: 'unacknowledge', alert: rig.alertId, by: 'bob' })
    expect(rig.told).toEqual(['100000 alert 2 a'])
  })

  it('survives a restart', () => {
    const rig = acknowledge(new Rig().signal(opened(0)), { notes: 'on it' })
    rig.restart()
    rig.signal(changed(10, 3))
    expect(rig.told).toEqual(['0 alert 2 a'])
    expect(rig.engine.state.alerts.get(rig.alertId)?.acknowledgement).toMatchObject({
      by: 'ann',
      at: 0,
      notes: 'on it',
    })
  })

  it('is refused with the reason where there is nothing to acknowledge', () => {
    const rig = acknowledge(new Rig().signal(opened(0)).to(100), { until: 100 })
    rig.command({ type: 'acknowledge', alert: 'nothing', by: 'ann' })
    rig.command({ type: 'unacknowledge', alert: rig.alertId, by: 'ann' })
    rig.command({ type: 'unacknowledge', alert: 'nothing', by: 'ann' })
    expect(rig.decisions.slice(-4)).toEqual([
      'command-refused not-acknowledged',
      'command-refused unknown-alert',
      'command-refused not-acknowledged',
      'command-refused unknown-alert',
    ])
  })
})

describe('an alert that a person ends', () => {
  it('is told as over with what was noted, and is unknown to whoever ends it once more', () => {
    const rig = new Rig().signal(opened(0))
    const clear = { type: 'clear', alert: rig.alertId, by: 'ann', notes: 'replaced the disk' } as const
    rig.command(clear).command(clear)
    expect(rig.told).toEqual(['0 alert 2 a', '0 recovery 2 a'])
    expect(rig.events.find(({ type }) => type === 'cleared')).toMatchObject({
      reason: 'command',
      by: 'ann',
      notes: 'replaced the disk',
    })
    expect(rig.decisions.at(-1)).toBe('command-refused unknown-alert')
  })

  it('is not open any more, also where its end could not be told yet', () => {
    const rig = new Rig().signal(opened(0))
    rig.answer = () => 'hangs'
    const about = { alert: rig.alertId, by: 'ann' }
    rig.command({ type: 'clear', ...about })
    rig.command({ type: 'acknowledge', ...about }).command({ type: 'clear', ...about })
    expect(rig.decisions.slice(-2)).toEqual([
      'command-refused unknown-alert',
      'command-refused unknown-alert',
    ])
  })
})

describe('maintenance', () => {
  const planned: Policy = {
    ...everybody,
    maintenance: [{ id: 'm', select: '__name:cpu', severities: [2, 3], from: 100, to: 200 }],
  }

  it('tells nobody while it lasts, and once when it ends with the alert still open', () => {
    const rig = new Rig(planned).signal(opened(150)).to(199)
    expect(rig.told).toEqual([])
    expect(rig.engine.state.alerts.get(rig.alertId)?.maintenance).toEqual(['m'])
    expect(rig.to(1000).told).toEqual(['200 alert 2 a'])
    expect(rig.engine.state.alerts.get(rig.alertId)?.maintenance).toEqual([])
  })

  it('does not concern other series and severities', () => {
    const rig = new Rig(planned).signal(opened(150, { metric: 'disk' })).signal(opened(151, { severity: 1 }))
    expect(rig.told).toEqual(['150 alert 2 a', '151 alert 1 a'])
  })

  it('lets a severity through that it does not cover', () => {
    const rig = new Rig(planned).signal(opened(150)).signal(changed(160, 1))
    expect(rig.told).toEqual(['160 alert 1 a'])
  })

  it('holds back transitions, and not the end of an alert that was told before', () => {
    const rig = new Rig(planned).signal(opened(50)).signal(changed(150, 3)).signal(cleared(160))
    expect(rig.told).toEqual(['50 alert 2 a', '160 recovery 3 a'])
  })

  it('that an alert did not outlast leaves nothing to tell', () => {
    const rig = new Rig(planned).signal(opened(150)).signal(cleared(160)).to(1000)
    expect(rig.told).toEqual([])
    expect(rig.decisions).toContain('suppressed maintenance')
    expect(rig.decisions).toContain('suppressed never-told')
  })

  it('set by a command holds over a restart, and ends by command', () => {
    const rig = new Rig().command({
      type: 'maintenance',
      maintenance: { id: 'x', select: '__name:*', from: 0, to: 1000 },
    })
    rig.signal(opened(10)).restart()
    rig.signal(opened(20, { metric: 'disk' }))
    expect(rig.told).toEqual([])
    rig.command({ type: 'end-maintenance', id: 'x' })
    expect(rig.told).toEqual(['20 alert 2 a', '20 alert 2 a'])
    expect(rig.engine.state.maintenance.size).toBe(0)
  })

  it('of the policy takes the place of one that a command gave the same id before the restart', () => {
    const maintenance = { id: 'x', select: '__name:*', from: 0, to: 1000 }
    const rig = new Rig().command({ type: 'maintenance', maintenance })
    rig.restart({ ...everybody, maintenance: [{ ...maintenance, to: 5000 }] })
    rig.command({ type: 'end-maintenance', id: 'x' })
    rig.signal(opened(2000)).to(9000)
    expect(rig.decisions).toContain('command-refused maintenance-in-policy')
    expect(rig.told).toEqual(['5000 alert 2 a'])
  })

  it('that ended while nobody ran is over at the restart', () => {
    const rig = new Rig().command({
      type: 'maintenance',
      maintenance: { id: 'x', select: '__name:*', from: 0, to: 1000 },
    })
    rig.signal(opened(10))
    rig.now = 5000
    rig.restart()
    expect(rig.told).toEqual(['5000 alert 2 a'])
    expect(rig.decisions).toContain('maintenance-ended time')
  })

  it('of everything covers series without tags too', () => {
    const rig = new Rig().command({
      type: 'maintenance',
      maintenance: { id: 'x', select: '*', from: 0, to: 1000 },
    })
    rig
      .signal(opened(10))
      .signal(opened(10, { metric: 'disk', tags: { host: 'a' } }))
      .to(999)
    expect(rig.told).toEqual([])
    expect(rig.to(1000).told).toHaveLength(2)
  })

  it('set by a command ends at its time, and is not there after a restart', () => {
    const rig = new Rig().command({
      type: 'maintenance',
      maintenance: { id: 'x', select: '__name:*', from: 0, to: 1000 },
    })
    expect(rig.signal(opened(10)).to(2000).told).toEqual(['1000 alert 2 a'])
    expect(rig.decisions.filter((decision) => decision.startsWith('maintenance-ended'))).toEqual([
      'maintenance-ended time',
    ])
    rig.restart().signal(opened(3000, { metric: 'disk' }))
    expect(rig.told.at(-1)).toBe('3000 alert 2 a')
    expect(rig.engine.state.maintenance.size).toBe(0)
  })

  it('set by a command outlasts another policy, one of the policy does not', () => {
    const rig = new Rig(planned).to(150)
    const maintenance = { id: 'x', select: '__name:disk', from: 0, to: 1000 }
    rig.command({ type: 'maintenance', maintenance }).step({ type: 'policy', policy: everybody })
    rig
      .signal(opened(160))
      .signal(opened(160, { metric: 'disk' }))
      .to(2000)
    expect(rig.told).toEqual(['160 alert 2 a', '1000 alert 2 a'])
  })

  it('is set by so many commands and no more, of which each may be set anew', () => {
    const rig = new Rig()
    const set = (each: number, to = 1000): Rig =>
      rig.command({ type: 'maintenance', maintenance: { id: `${each}`, select: '__name:cpu', from: 0, to } })
    for (let each = 0; each < maxMaintenance; each++) set(each)
    expect(rig.decisions).not.toContain('command-refused too-many-maintenance')
    set(0, 5000)
    expect(rig.decisions.at(-1)).toBe('maintenance-set')
    set(maxMaintenance)
    expect(rig.decisions.at(-1)).toBe('command-refused too-many-maintenance')
    expect(rig.signal(opened(10)).to(9000).told).toEqual(['5000 alert 2 a'])
  })

  it('is refused with the reason where it cannot be', () => {
    const maintenance = { id: 'm', select: '__name:*', from: 0, to: 50 }
    const rig = new Rig(planned).command({ type: 'maintenance', maintenance })
    rig.to(60).command({ type: 'maintenance', maintenance: { ...maintenance, id: 'other' } })
    rig.command({ type: 'end-maintenance', id: 'm' }).command({ type: 'end-maintenance', id: 'none' })
    expect(rig.decisions).toEqual([
      'command-refused maintenance-in-policy',
      'command-refused already-over',
      'command-refused maintenance-in-policy',
      'command-refused unknown-maintenance',
    ])
  })
})
