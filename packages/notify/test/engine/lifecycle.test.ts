import { describe, expect, it } from 'vitest'

import type { Policy } from '../../src/model/policy.ts'
import { everybody, Rig } from '../support/engine.ts'
import { changed, cleared, muted, normal, opened, signal } from '../support/signals.ts'

const waiting = (wait: NonNullable<Policy['routes'][number]['wait']>): Policy => ({
  groups: { ops: { notifiers: ['a'] } },
  routes: [{ group: 'ops', wait }],
})

describe('the life of an alert', () => {
  it('is told when it opens and when it is over', () => {
    const rig = new Rig().signal(opened(1000)).signal(cleared(5000))
    expect(rig.told).toEqual(['1000 alert 2 a', '5000 recovery 2 a'])
    expect(rig.engine.state.alerts.size).toBe(0)
  })

  it('is not told a second time when its signal comes again', () => {
    const rig = new Rig()
      .signal(opened(1000))
      .signal(opened(1000))
      .signal(opened(2000, { openedAt: 1000 }))
    expect(rig.told).toEqual(['1000 alert 2 a'])
    expect(rig.decisions.filter((decision) => decision.startsWith('duplicate'))).toEqual([
      'duplicate already-open',
      'duplicate already-open',
    ])
  })

  it('goes on when a restarted detector names the fault anew, and the new name ends it', () => {
    const rig = new Rig()
      .signal(opened(1000))
      .signal(opened(9000))
      .signal(cleared(9500, { openedAt: 9000 }))
    expect(rig.told).toEqual(['1000 alert 2 a', '9500 recovery 2 a'])
  })

  it('tells a new severity as a transition, and the same severity not at all', () => {
    const rig = new Rig().signal(opened(0)).signal(changed(10, 1)).signal(changed(20, 1))
    expect(rig.told).toEqual(['0 alert 2 a', '10 transition 1 a'])
    expect(rig.attempts[1]).toMatchObject({ previousSeverity: 2, subject: expect.stringContaining('was 2') })
    expect(rig.decisions.at(-1)).toBe('duplicate same-severity')
  })

  it('says nothing of the end of an alert that it does not know, and why', () => {
    const rig = new Rig().signal(cleared(10))
    expect(rig.decisions).toEqual(['refused unknown-alert'])
  })

  it('takes a severity without a beginning for a fault that somebody must hear of', () => {
    const rig = new Rig().signal(changed(10, 3))
    expect(rig.told).toEqual(['10 alert 3 a'])
  })

  it('raises nothing when signals of an episode that is over come again', () => {
    const rig = new Rig()
    const first = [opened(0), cleared(10)]
    const second = [opened(20), cleared(30, { openedAt: 20 })]
    for (const each of [...first, ...second]) rig.signal(each)
    const told = rig.told.length
    for (const each of [...first, ...second, ...second]) rig.signal(each)
    expect(rig.told).toHaveLength(told)
    expect(new Set(rig.decisions.slice(-6))).toEqual(new Set(['duplicate already-cleared']))
  })

  it('leaves out of order severities and ends of older faults alone', () => {
    const rig = new Rig()
      .signal(opened(100))
      .signal(changed(200, 1, { openedAt: 100 }))
      .signal(changed(150, 3, { openedAt: 100 }))
    rig.signal(cleared(50, { openedAt: 20 }))
    expect(rig.told).toEqual(['100 alert 2 a', '200 transition 1 a'])
    expect(rig.decisions.slice(-2)).toEqual(['duplicate out-of-order', 'duplicate out-of-order'])
  })

  it('refuses more alerts than the limit, and says so', () => {
    const rig = new Rig(everybody, ['a'], { maxOpenAlerts: 1 })
    rig.signal(opened(0)).signal(opened(0, { metric: 'disk' }))
    expect(rig.decisions).toContain('refused too-many-alerts')
    rig.signal(cleared(10)).signal(opened(20, { metric: 'disk' }))
    expect(rig.told.filter((line) => !line.includes(' 1 '))).toEqual([
      '0 alert 2 a',
      '10 recovery 2 a',
      '20 alert 2 a',
    ])
  })
})

describe('a detector that was started anew and finds nothing wrong', () => {
  it('ends the alert of an earlier life, as its end is always told', () => {
    const rig = new Rig().signal(opened(1000)).to(3000)
    rig.restart()
    rig.signal(normal(5000))
    expect(rig.told).toEqual(['1000 alert 2 a', '5000 recovery 2 a'])
    expect(rig.decisions.slice(-3)).toEqual(['cleared signal', 'planned', 'delivered'])
    expect(rig.events.find(({ type }) => type === 'cleared')).toMatchObject({
      signal: 'cpu-cleared-5000-normal',
    })
    expect(rig.attempts.at(-1)).toMatchObject({
      alert: { cause: { reason: 'recovered' }, fault: 'cpu@1000' },
    })
    expect(rig.engine.state.alerts.size).toBe(0)
  })

  it('tells the end with what the rule set has for people', () => {
    const info = { summary: 'too slow' }
    const rig = new Rig().signal(opened(1000, { info })).to(3000)
    rig.restart().signal(normal(5000))
    expect(rig.attempts.map(({ alert }) => alert.info)).toEqual([info, info])
  })

  it('ends an alert that nobody was told of yet, and nobody is told', () => {
    const rig = new Rig(waiting('5m')).signal(opened(0))
    rig.restart()
    expect(rig.signal(normal(1000)).to(1e7).told).toEqual([])
    expect(rig.decisions.at(-1)).toBe('suppressed cleared-before-wait')
  })

  it('raises nothing again when signals of the ended fault come again', () => {
    const rig = new Rig().signal(opened(1000))
    rig.restart()
    rig
      .signal(normal(5000))
      .signal(opened(1000))
      .signal(cleared(5000, { openedAt: 1000 }))
    expect(rig.decisions.slice(-2)).toEqual(['duplicate already-cleared', 'duplicate already-cleared'])
    expect(rig.told).toHaveLength(2)
  })

  it('ends it also where the clock was set back in between', () => {
    const rig = new Rig().signal(opened(1000)).to(1e6)
    rig.restart()
    rig.now = 2000
    rig.step({ type: 'tick' })
    rig.signal(normal(2500))
    expect(rig.told.at(-1)).toBe('2500 recovery 2 a')
  })

  it.each<[string, (rig: Rig) => void]>([
    ['there is no alert', (rig) => void rig.signal(normal(5000, { metric: 'disk' }))],
    ['its rule set is another', (rig) => void rig.signal(normal(5000, { ruleSet: 'others' }))],
    ['what it measured is older than the fault', (rig) => void rig.signal(normal(999))],
  ])('changes nothing where %s', (_, act) => {
    const rig = new Rig().signal(opened(1000)).to(3000)
    rig.restart()
    const before = [rig.log.length, rig.events.length]
    act(rig)
    expect([rig.log.length, rig.events.length]).toEqual(before)
  })

  it.each<[string, (rig: Rig) => void]>([
    ['opened in this life', () => undefined],
    [
      'was confirmed in this life',
      (rig) => {
        rig.restart()
        rig.signal(opened(4000))
      },
    ],
    [
      'was confirmed in this life by a severity',
      (rig) => {
        rig.restart()
        rig.signal(changed(4000, 1, { openedAt: 1000 }))
      },
    ],
  ])('does not end an alert that %s', (_, act) => {
    const rig = new Rig().signal(opened(1000))
    act(rig)
    const before = [rig.log.length, rig.events.length]
    rig.signal(normal(5000))
    expect([rig.log.length, rig.events.length]).toEqual(before)
    expect(rig.open).toHaveLength(1)
  })
})

describe('the wait', () => {
  it('tells nobody of an alert that is over before it ends', () => {
    const rig = new Rig(waiting({ '2': '5m' })).signal(opened(0)).signal(cleared(299_999))
    rig.to(1e7)
    expect(rig.told).toEqual([])
    expect(rig.decisions).toEqual(['created', 'waiting', 'cleared signal', 'suppressed cleared-before-wait'])
  })

  it('is the same for all severities where it is one duration, and nothing for those that a map leaves out', () => {
    const told = (wait: Parameters<typeof waiting>[0]): string[] => {
      const rig = new Rig(waiting(wait))
      for (const severity of [1, 3, 5] as const) rig.signal(opened(0, { severity, metric: `m${severity}` }))
      return rig.to(1e7).told
    }
    expect(told('10m')).toEqual(['600000 alert 1 a', '600000 alert 3 a', '600000 alert 5 a'])
    expect(told({ '1': undefined, '3': '10m' })).toEqual(['0 alert 1 a', '0 alert 5 a', '600000 alert 3 a'])
  })

  it('tells when it ends, counted from the beginning of the fault, not from the arrival of the signal', () => {
    const rig = new Rig(waiting({ '2': '5m' })).to(60_000).signal(opened(0)).to(1e7)
    expect(rig.told).toEqual(['300000 alert 2 a'])
  })

  it('is not prolonged by a detector whose clock runs ahead', () => {
    const rig = new Rig(waiting({ '2': '5m' }))
    rig.step({ type: 'signal', signal: opened(1e9) })
    expect(rig.to(1e7).told).toEqual(['300000 alert 2 a'])
  })

  it('is shortened by a severity that waits less, and never postponed by one that waits more', () => {
    const policy = waiting({ '1': '1m', '2': '5m', '3': '30m' })
    const shortened = new Rig(policy).signal(opened(0)).signal(changed(10_000, 1)).to(1e7)
    expect(shortened.told).toEqual(['70000 alert 1 a'])
    const flapping = new Rig(policy).signal(opened(0))
    for (let time = 10_000; time < 290_000; time += 20_000) {
      flapping.signal(changed(time, 3)).signal(changed(time + 10_000, 2))
    }
    expect(flapping.to(1e7).told).toEqual(['300000 alert 2 a'])
  })

  it('goes on where it was while a severity has no route', () => {
    const policy: Policy = {
      groups: { ops: { notifiers: ['a'] } },
      routes: [{ group: 'ops', severities: [2], wait: { '2': '5m' } }],
    }
    const rig = new Rig(policy).signal(opened(0)).signal(changed(100_000, 4)).signal(changed(200_000, 2))
    expect(rig.to(1e7).told).toEqual(['300000 alert 2 a'])
    expect(rig.decisions).toContain('suppressed no-route')
  })

  it('lets an end that happened before it, but arrived after it, count', () => {
    const rig = new Rig(waiting({ '2': '1s' })).signal(opened(0))
    rig.now = 1500
    rig.step({ type: 'signal', signal: cleared(900) })
    expect(rig.told).toEqual([])
    expect(rig.decisions.at(-1)).toBe('suppressed cleared-before-wait')
  })

  it('is the shortest of all routes that lead to one notifier', () => {
    const policy: Policy = {
      groups: { slow: { notifiers: ['a', 'b'] }, fast: { notifiers: ['a'] } },
      routes: [
        { group: 'slow', wait: { '2': '5m' } },
        { group: 'fast', wait: { '2': '1m' } },
      ],
    }
    expect(new Rig(policy).signal(opened(0)).to(1e7).told).toEqual(['60000 alert 2 a', '300000 alert 2 b'])
  })
})

describe('routes', () => {
  const policy: Policy = {
    groups: { ops: { notifiers: ['a'] }, shop: { notifiers: ['b'] } },
    routes: [
      { group: 'ops', severities: [1, 2] },
      { group: 'shop', select: 'and(service:shop,__name:cpu*)', ruleSets: ['rules'] },
    ],
  }

  it('all apply that match severity, series and rule set', () => {
    const rig = new Rig(policy)
    rig.signal(opened(0, { tags: { service: 'shop' } }))
    rig.signal(opened(1, { tags: { service: 'shop' }, ruleSet: 'others' }))
    rig.signal(opened(2, { severity: 3 }))
    expect(rig.told).toEqual(['0 alert 2 a', '0 alert 2 b', '1 alert 2 a'])
    expect(rig.decisions.at(-1)).toBe('suppressed no-route')
  })

  it('tell a severity that has grown to those who were not meant before, and go on telling those who know', () => {
    const rig = new Rig(policy)
      .signal(opened(0, { severity: 3 }))
      .signal(changed(10, 1))
      .signal(changed(20, 4))
    expect(rig.told).toEqual(['10 alert 1 a', '20 transition 4 a'])
  })

  it('that are new after a restart are followed for alerts that are open', () => {
    const rig = new Rig(policy).signal(opened(0))
    rig.to(100).restart({ groups: { ops: { notifiers: ['b'] } }, routes: [{ group: 'ops' }] })
    rig.signal(cleared(200))
    expect(rig.told).toEqual(['0 alert 2 a', '100 alert 2 b', '200 recovery 2 a', '200 recovery 2 b'])
  })
})

describe('another reason', () => {
  const silent = signal('reason', 20, { openedAt: 0, text: 'silent', cause: { reason: 'absent' } })

  it('is what the alert says from then on, and tells nobody anew', () => {
    const rig = new Rig().signal(opened(0)).signal(silent)
    expect(rig.decisions.at(-1)).toMatch(/^reason/)
    expect(rig.open).toMatchObject([{ text: 'silent', signal: { cause: { reason: 'absent' } } }])
    rig.signal(cleared(30, { openedAt: 0 }))
    expect(rig.told).toEqual(['0 alert 2 a', '30 recovery 2 a'])
  })

  it('is what somebody reads who is told after it', () => {
    const rig = new Rig(waiting('1m')).signal(opened(0)).signal(silent).to(60_000)
    expect(rig.attempts).toMatchObject([{ kind: 'alert', subject: expect.stringContaining('silent') }])
  })

  it('changes nothing where it comes again or late', () => {
    const rig = new Rig()
      .signal(opened(0))
      .signal(silent)
      .signal(changed(30, 1, { openedAt: 0, text: 'worse' }))
    rig.late(silent)
    rig.late({ ...silent, id: 'late', severity: 1, time: 25 })
    expect(rig.decisions.slice(-2)).toEqual(['duplicate out-of-order', 'duplicate out-of-order'])
    expect(rig.open[0]?.text).toBe('worse')
  })

  it('is a fault that somebody must hear of where its beginning was never heard', () => {
    expect(new Rig().signal(silent).told).toEqual(['20 alert 2 a'])
  })
})

describe('what its detector holds back', () => {
  it('is told to nobody, is no alert, and is listed with its cause until it is over', () => {
    const rig = new Rig().signal(muted('opened', 0)).signal(muted('severity', 10, { severity: 1 }))
    rig.signal(muted('cleared', 20))
    expect(rig.told).toEqual([])
    expect(rig.engine.state.alerts.size).toBe(0)
    expect(rig.events).toMatchObject([
      { type: 'muted', change: 'opened', severity: 2, cause: { reason: 'above' }, text: 'above' },
      { type: 'muted', change: 'severity', severity: 1 },
      { type: 'muted', change: 'cleared' },
    ])
  })

  it('is told as any other where it is still there when that is over', () => {
    const rig = new Rig(waiting('5s'))
      .signal(muted('opened', 0))
      .signal(opened(3000, { openedAt: 0 }))
      .to(5000)
    expect(rig.told).toEqual(['5000 alert 2 a'])
  })

  it('goes on as what it is where the alert is open, of a detector that has forgotten it', () => {
    const rig = new Rig().signal(opened(0)).signal(muted('severity', 10, { openedAt: 0, severity: 1 }))
    rig.signal(muted('cleared', 20, { openedAt: 0, severity: 1 }))
    expect(rig.told).toEqual(['0 alert 2 a', '10 transition 1 a', '20 recovery 1 a'])
  })
})

describe('what a rule set has for people', () => {
  it('is told as it is when somebody is told', () => {
    const rig = new Rig(waiting('5s')).signal(opened(0, { info: { owner: 'ann' } }))
    rig.signal(opened(1000, { openedAt: 0, fault: 'cpu@0', info: { owner: 'bob' } })).to(5000)
    expect(rig.attempts.map(({ alert }) => alert.info)).toEqual([{ owner: 'bob' }])
  })
})

describe('the wait that a rule asks for', () => {
  it('counts where the route says none for the severity', () => {
    const rig = new Rig().signal(opened(0, { waitMs: 7000 })).to(6999)
    expect(rig.told).toEqual([])
    expect(rig.to(7000).told).toEqual(['7000 alert 2 a'])
    expect(new Rig(waiting({ '3': '1m' })).signal(opened(0, { waitMs: 7000 })).to(9000).told).toEqual([
      '7000 alert 2 a',
    ])
  })

  it('does not count where the route says one, be it longer or shorter', () => {
    expect(new Rig(waiting('9s')).signal(opened(0, { waitMs: 7000 })).to(10_000).told).toEqual([
      '9000 alert 2 a',
    ])
    expect(new Rig(waiting('0s')).signal(opened(0, { waitMs: 7000 })).told).toEqual(['0 alert 2 a'])
  })

  it('tells nobody of what is over before, and goes on after a restart', () => {
    const over = new Rig().signal(opened(0, { waitMs: 7000 })).signal(cleared(5000, { openedAt: 0 }))
    expect(over.to(9000).told).toEqual([])
    const rig = new Rig().signal(opened(0, { waitMs: 7000 }))
    rig.restart()
    expect(rig.to(9000).told).toEqual(['7000 alert 2 a'])
  })

  it('ends at once with a worse severity that asks for none', () => {
    const rig = new Rig().signal(opened(0, { waitMs: 7000 })).signal(changed(1000, 1, { openedAt: 0 }))
    expect(rig.told).toEqual(['1000 alert 1 a'])
  })
})
