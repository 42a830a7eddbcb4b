import { describe, expect, it } from 'vitest'

import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { Policy } from '../../src/model/policy.ts'
import { everybody, Rig } from '../support/engine.ts'
import { cleared, opened } from '../support/signals.ts'

const refused: DeliveryFailure = { failure: 'permanent', message: '401 Unauthorized' }
const waiting: Policy = { ...everybody, routes: [{ group: 'ops', wait: '5m' }] }

describe('a clock that is set back', () => {
  it('does not delay what a timer that ran to its end was for', () => {
    const rig = new Rig(waiting).signal(opened(0)).to(299_000)
    rig.now = 100_000
    rig.step({ type: 'tick', due: 300_000 })
    expect(rig.told).toEqual(['100000 alert 2 a'])
  })

  it('leaves alone who need not be told for the first time of an alert that began again', () => {
    const policy: Policy = {
      groups: { ops: { notifiers: ['a'] }, worst: { notifiers: ['b'] } },
      routes: [
        { group: 'ops', severities: [2] },
        { group: 'worst', severities: [1] },
      ],
    }
    const rig = new Rig(policy).to(1e6).signal(opened(1e6, { severity: 1 }))
    rig.answer = ({ kind }) => (kind === 'recovery' ? 'hangs' : 'ok')
    rig.signal(cleared(1.001e6, { openedAt: 1e6 })).signal(opened(1.002e6))
    const told = [...rig.told]
    rig.jump(500_000).to(510_000)
    expect(told).toEqual(['1000000 alert 1 b', '1002000 alert 2 a'])
    expect(rig.told).toEqual(told)
  })
})

describe('a restart with a clock that was set back', () => {
  it('tries what was given up no later than after the longest pause', () => {
    const rig = new Rig(everybody, ['a']).to(1e9)
    rig.answer = () => refused
    rig.signal(opened(1e9))
    rig.answer = () => 'ok'
    rig.now = 0
    rig.restart().to(300_000)
    expect(rig.told).toEqual(['300000 alert 2 a'])
  })
})

describe('a store that was damaged', () => {
  it('leaves nobody without the beginning or the end: what was planned, and may have arrived, is told again', () => {
    for (const kind of ['alert', 'recovery'] as const) {
      const rig = new Rig(everybody, ['a'])
      rig.answer = (notification) => (notification.kind === kind ? 'hangs' : 'ok')
      rig.signal(opened(0))
      if (kind === 'recovery') rig.signal(cleared(10))
      const at = rig.log.findLastIndex((change) => change.type === 'notification')
      rig.log.splice(at, 1)
      rig.answer = () => 'ok'
      rig.to(100).restart()
      expect(rig.told.at(-1)).toBe(`100 ${kind} 2 a`)
      rig.restart()
      expect(rig.told.filter((line) => line.includes(kind))).toHaveLength(1)
    }
  })

  it('lets go of what was planned for an alert that is lost, also where its notifier is gone', () => {
    const rig = new Rig({ groups: { ops: { notifiers: ['b'] } }, routes: [{ group: 'ops' }] })
    rig.answer = () => 'hangs'
    rig.signal(opened(0))
    rig.log.splice(0, rig.log.length, ...rig.log.filter(({ type }) => type === 'notification'))
    rig.restart(everybody, ['a'])
    expect(rig.decisions.at(-1)).toBe('dead no-notifier')
    expect(rig.engine.state.notifications.size).toBe(0)
  })

  it('tells nobody a second time where only the list of those to be told is lost', () => {
    const rig = new Rig()
    rig.signal(opened(0))
    const places = rig.log.filter(({ type }) => type === 'place')
    expect(places).not.toEqual([])
    for (const [index, change] of rig.log.entries())
      if (change.type === 'alert') rig.log[index] = { ...change, alert: { ...change.alert, places: [] } }
    rig.restart().signal(cleared(10))
    expect(rig.told).toEqual(['0 alert 2 a', '10 recovery 2 a'])
  })
})
