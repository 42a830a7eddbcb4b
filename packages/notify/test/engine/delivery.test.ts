import { describe, expect, it } from 'vitest'

import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { Policy } from '../../src/model/policy.ts'
import { everybody, Rig } from '../support/engine.ts'
import { changed, cleared, opened } from '../support/signals.ts'

const transient: DeliveryFailure = { failure: 'transient', message: 'down' }
const permanent: DeliveryFailure = { failure: 'permanent', message: 'gone' }
const unreached: DeliveryFailure = { failure: 'transient', message: 'ECONNREFUSED', arrived: 'no' }
const limited = (retryAfterMs?: number): DeliveryFailure => ({
  failure: 'rate-limited',
  message: 'slow down',
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

const hourMs = 3_600_000
const both: Policy = { groups: { all: { notifiers: ['a', 'b'] } }, routes: [{ group: 'all' }] }
/** Nobody is left to be told of a notifier that fails. */
const alone = (policy: Policy = everybody): Rig => new Rig(policy, ['a'])

describe('an attempt that failed', () => {
  it('is made again after growing waits, with the same id', () => {
    const rig = alone()
    rig.answer = (_, attempt) => (attempt < 4 ? transient : 'ok')
    rig.signal(opened(0)).to(60_000)
    // Three quarters of 1 s, 2 s and 4 s.
    expect(rig.attempts.map(({ at }) => at)).toEqual([0, 750, 2250, 5250])
    expect(new Set(rig.attempts.map(({ id }) => id)).size).toBe(1)
    expect(rig.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    expect(rig.events.filter(({ type }) => type === 'attempt-failed')).toMatchObject([
      { attempt: 1, retryAt: 750, failure: 'transient', arrived: 'perhaps' },
      { attempt: 2, retryAt: 2250 },
      { attempt: 3, retryAt: 5250 },
    ])
    expect(rig.events.at(-1)).toMatchObject({ type: 'delivered', attempts: 4, plannedAt: 0, place: 'a' })
  })

  it('delays no other', () => {
    const rig = alone()
    rig.answer = ({ alerts: [{ series }] }) => (series === 'cpu' ? transient : 'ok')
    rig.signal(opened(0)).signal(opened(10, { metric: 'disk' }))
    expect(rig.told).toEqual(['10 alert 2 a'])
  })

  it('delays no other for more than a minute or so, be there 40 that are more important and always fail', () => {
    const rig = alone()
    rig.answer = ({ alerts: [{ series }] }) => (series === 'good' ? 'ok' : transient)
    for (let index = 0; index < 40; index++)
      rig.signal(opened(index * 1000, { metric: `m${index}`, severity: 1 }))
    rig.signal(opened(hourMs, { metric: 'good', severity: 5 })).to(hourMs + 120_000)
    expect(rig.told).toHaveLength(1)
  })

  it('is made again soon after the receiver is back, the most important ones first', () => {
    const rig = alone()
    rig.answer = () => (rig.now < 4 * hourMs ? transient : 'ok')
    for (let index = 0; index < 100; index++)
      rig.signal(opened(index * 1000, { metric: `m${index}`, severity: index === 50 ? 1 : 2 }))
    rig.to(4 * hourMs + 120_000)
    expect(rig.told).toHaveLength(100)
    // It is one of the two that are tried in turn.
    expect(rig.told.slice(0, 2).some((line) => line.includes(' alert 1 '))).toBe(true)
  })

  it('is aborted where it does not end, and what it still brings is not heard', () => {
    const rig = alone()
    rig.answer = (_, attempt) => (attempt === 1 ? 'hangs' : transient)
    rig.signal(opened(0)).to(29_999)
    expect(rig.aborted).toEqual([])
    rig.to(30_000)
    const { id = '', notifier = '' } = rig.attempts[0] ?? {}
    expect(rig.aborted).toEqual([id])
    rig.step({ type: 'result', result: { id, notifier } })
    expect(rig.decisions).not.toContain('delivered')
    expect(rig.to(31_000).attempts).toHaveLength(2)
  })

  it('is not ended by what another notifier says of the same id, nor by an id that is not known', () => {
    const rig = new Rig()
    rig.answer = () => 'hangs'
    rig.signal(opened(0))
    const { id = '' } = rig.attempts[0] ?? {}
    rig.step({ type: 'result', result: { id, notifier: 'b' } })
    rig.step({ type: 'result', result: { id: 'other', notifier: 'a' } })
    expect(rig.decisions).not.toContain('delivered')
    rig.step({ type: 'result', result: { id, notifier: 'a' } })
    rig.step({ type: 'result', result: { id, notifier: 'a' } })
    expect(rig.decisions.filter((decision) => decision === 'delivered')).toHaveLength(1)
  })
})

describe('the time after which a notification is given up', () => {
  const hour: Policy = { ...everybody, giveUp: '1h' }
  const down = (rig: Rig): Rig => {
    rig.answer = () => transient
    return rig.signal(opened(0))
  }
  const deadAt = (rig: Rig): number | undefined => rig.events.find(({ type }) => type === 'dead')?.time

  it('counts attempts and pauses, so that a receiver that is down is tried to its end and a little beyond', () => {
    const died = deadAt(down(alone(hour)).to(3 * hourMs)) ?? NaN
    expect(died).toBeGreaterThanOrEqual(hourMs)
    expect(died).toBeLessThan(hourMs + 300_000)
  })

  it('is a day for severity 1, unless the policy says something else', () => {
    const rig = alone()
    rig.answer = () => transient
    rig.signal(opened(0, { severity: 1 })).to(23 * hourMs)
    expect(deadAt(rig)).toBeUndefined()
    expect(deadAt(rig.to(25 * hourMs))).toBeGreaterThan(24 * hourMs)
  })

  it('does not run while the machine sleeps: the attempt that fails after that is not the last', () => {
    const rig = down(alone(hour)).to(60_000)
    rig.jump(60_000 + 2 * hourMs)
    expect(deadAt(rig)).toBeUndefined()
    rig.answer = () => 'ok'
    rig.to(60_000 + 2 * hourMs + 300_000)
    expect(rig.told).toHaveLength(1)
    // Without the sleep the same hours are too many.
    expect(deadAt(down(alone(hour)).to(60_000 + 2 * hourMs))).toBeDefined()
  })

  it('does not run while an attempt sleeps', () => {
    const rig = alone(hour)
    rig.answer = (_, attempt) => (attempt === 1 ? 'hangs' : transient)
    rig.signal(opened(0))
    rig.jump(5 * hourMs)
    expect([deadAt(rig), rig.attempts.length]).toEqual([undefined, 2])
  })

  it('does not run while nothing runs, and begins anew with the next life', () => {
    const rig = down(alone(hour)).to(50 * 60_000)
    rig.now += 2 * hourMs
    rig.restart()
    expect(rig.attempts.at(-1)?.at).toBe(rig.now)
    rig.to(rig.now + 50 * 60_000)
    expect(deadAt(rig)).toBeUndefined()
  })

  it('does not run backwards, nor on, when the clock is set', () => {
    const rig = alone(hour)
    rig.now = 10 * hourMs
    rig.answer = () => transient
    rig.signal(opened(0)).to(10 * hourMs + 60_000)
    const before = rig.attempts.length
    rig.jump(60_000).to(60_000 + 50 * 60_000)
    expect(deadAt(rig)).toBeUndefined()
    // It goes on at once, and not only when the clock is again where it was.
    expect(rig.attempts.length).toBeGreaterThan(before + 5)
    rig.to(70 * 60_000)
    expect(deadAt(rig)).toBeDefined()
  })
})

describe('a notification that is given up', () => {
  it('while its alert is open is planned again, and told when the receiver is back', () => {
    const rig = alone({ ...everybody, giveUp: '10m' })
    rig.answer = () => (rig.now < 70 * 60_000 ? transient : 'ok')
    rig.signal(opened(0, { severity: 1 })).to(80 * 60_000)
    expect(rig.decisions).toContain('dead deadline')
    expect(rig.told).toHaveLength(1)
    expect(new Set(rig.attempts.map(({ id }) => id)).size).toBeGreaterThan(1)
  })

  it('because it was refused, as with a key that is not valid yet, is planned again as well, and its end is told', () => {
    const rig = alone()
    rig.answer = () => (rig.now < 60_000 ? permanent : 'ok')
    rig.signal(opened(0, { severity: 1 })).to(10 * 60_000)
    expect(rig.decisions).toContain('dead refused')
    expect(rig.told.map((line) => line.split(' ')[1])).toEqual(['alert'])
    rig.signal(cleared(20 * 60_000, { severity: 1 }))
    expect(rig.told.map((line) => line.split(' ')[1])).toEqual(['alert', 'recovery'])
  })

  it('is an alert for everybody else, over as soon as something arrives', () => {
    const rig = new Rig()
    rig.answer = ({ notifier }) => (notifier === 'a' && rig.now < 60_000 ? permanent : 'ok')
    rig.signal(opened(0)).to(10 * 60_000)
    const others = rig.attempts.filter(({ place }) => place === 'b')
    expect(others.map(({ kind, severity, alert }) => [kind, severity, alert.series])).toEqual([
      ['alert', 1, 'notify.notifier_failing|ST[notifier:a]'],
      ['recovery', 1, 'notify.notifier_failing|ST[notifier:a]'],
    ])
    expect(others[0]?.text).toContain('gone (1 undelivered now, the worst of severity 2)')
  })
})

describe('a notifier that fails, and that another policy has in no group any more', () => {
  const others: Policy = { groups: { ops: { notifiers: ['b'] } }, routes: [{ group: 'ops' }] }
  const failing = 'notify.notifier_failing|ST[notifier:a]'
  const down = (): Rig => {
    const rig = new Rig(both)
    rig.answer = ({ notifier }) => (notifier === 'a' ? permanent : 'ok')
    return rig.signal(opened(0)).to(1000)
  }
  const ownOf = (rig: Rig): string[] => [...rig.engine.state.alerts.values()].map(({ series }) => series)

  it('is no alert any more, and whoever was told of it is told so', () => {
    for (const change of [
      (rig: Rig): Rig => rig.step({ type: 'policy', policy: others }),
      (rig: Rig): Rig => rig.restart(others),
    ]) {
      const rig = down()
      expect(ownOf(rig)).toContain(failing)
      change(rig)
      expect(ownOf(rig)).not.toContain(failing)
      expect(rig.attempts.filter(({ alert }) => alert.series === failing).map(({ kind }) => kind)).toEqual([
        'alert',
        'recovery',
      ])
    }
  })

  it('stays one where the new policy has it still', () => {
    const rig = down().step({ type: 'policy', policy: { ...both, giveUp: '1h' } })
    expect(ownOf(rig)).toContain(failing)
  })

  it('is one again while it fails with what it is still to tell, and over when it has not failed for five minutes', () => {
    const rig = new Rig(both)
    rig.answer = () => 'ok'
    rig.signal(opened(0)).step({ type: 'policy', policy: others })
    rig.answer = ({ notifier }) => (notifier === 'a' ? permanent : 'ok')
    rig.signal(cleared(1000))
    expect(ownOf(rig)).toContain(failing)
    expect(ownOf(rig.to(48 * hourMs))).toEqual([])
  })
})

describe('a severity that changed while an attempt was under way, before the alert was over', () => {
  /** The first attempt is lost after 2 s; meanwhile 1 becomes 3, and is over. */
  const changedMeanwhile = (policy: Policy): Rig => {
    const rig = alone(policy)
    rig.answer = (_, attempt) => (rig.attempts.length === 0 && attempt === 1 ? lostLate : 'ok')
    return rig
      .signal(opened(0, { severity: 1 }))
      .signal(changed(100, 3, { openedAt: 0 }))
      .signal(cleared(200, { severity: 3, openedAt: 0 }))
  }
  const lostLate = { afterMs: 2000, answer: 'lost' } as const

  it('is what the next attempt was planned to say', () => {
    const rig = changedMeanwhile(everybody).to(60_000)
    expect(rig.told).toEqual(['0 alert 1 a', '2750 alert 3 a', '2750 recovery 3 a'])
    expect(new Set(rig.attempts.map(({ id }) => id)).size).toBe(3)
    expect(rig.decisions).toContain('superseded severity')
  })

  it('is not taken for the one before, should that one come back before the end was told', () => {
    const flapping: Policy = { ...everybody, flapping: { ends: 1, within: '1h', settle: '1m' } }
    const rig = alone(flapping)
      .signal(opened(0))
      .signal(cleared(10, { openedAt: 0 }))
    rig.answer = () => (rig.attempts.length === 2 ? lostLate : 'ok')
    rig
      .signal(opened(1000, { severity: 1 }))
      .signal(changed(1100, 3, { openedAt: 1000 }))
      .signal(cleared(1200, { severity: 3, openedAt: 1000 }))
      .signal(opened(20_000, { severity: 1 }))
    expect(rig.told.slice(2)).toEqual(['1000 alert 1 a', '3750 alert 3 a', '20000 transition 1 a'])
  })
})

describe('a failure that surely did not arrive', () => {
  it('for as long as the alert lasted is no beginning: nobody hears of an end alone', () => {
    const rig = alone()
    rig.answer = () => (rig.now < hourMs ? unreached : 'ok')
    rig
      .signal(opened(0))
      .signal(cleared(hourMs - 1000))
      .to(3 * hourMs)
    const kinds = rig.told.map((line) => line.split(' ')[1])
    expect([[], ['alert'], ['alert', 'recovery']]).toContainEqual(kinds)
    // What may have arrived is another matter: its end is told.
    const unsure = alone()
    unsure.answer = () => (unsure.now < hourMs ? transient : 'ok')
    unsure
      .signal(opened(0))
      .signal(cleared(hourMs - 1000))
      .to(3 * hourMs)
    expect(unsure.told.at(-1)).toMatch(/ recovery 2 a$/)
  })

  it('because it was refused, of an alert that is over by then, leaves nobody told, and every step of that is said', () => {
    const rig = new Rig()
    rig.answer = ({ notifier }) => (notifier === 'a' && rig.now < hourMs ? permanent : 'ok')
    rig
      .signal(opened(0))
      .signal(cleared(10))
      .to(2 * hourMs)
    expect(rig.told.filter((line) => line.endsWith(' a'))).toEqual([])
    const said = rig.events.flatMap((event) =>
      event.type === 'dead' || event.type === 'suppressed'
        ? [`${event.type} ${event.reason} ${event.series}`]
        : [],
    )
    expect(said).toEqual(['dead refused cpu', 'suppressed never-told cpu'])
    // Somebody else hears of it: the notifier that fails is an alert of its own.
    expect(rig.told).toContain('0 alert 1 b')
  })

  it('is told as what it is', () => {
    const arrived = [transient, unreached, permanent, limited()].map((failure) => {
      const rig = alone()
      rig.answer = () => failure
      rig.signal(opened(0))
      return rig.events.flatMap((event) => (event.type === 'attempt-failed' ? [event.arrived] : []))
    })
    expect(arrived).toEqual([['perhaps'], ['no'], ['no'], ['no']])
  })
})

describe('a pause that a receiver asks for', () => {
  it.each([0, -1, undefined])('of %s ms is never shorter than the own back-off', (retryAfterMs) => {
    const rig = alone()
    rig.answer = () => limited(retryAfterMs)
    rig.signal(opened(0)).to(10_000)
    // Against 10,001 attempts before.
    expect(rig.attempts.length).toBeLessThanOrEqual(5)
    const server = alone()
    server.answer = () => ({ ...transient, ...(retryAfterMs !== undefined && { retryAfterMs }) })
    server.signal(opened(0)).to(10_000)
    expect(server.attempts.length).toBeLessThanOrEqual(5)
  })

  it('is kept for everything that the notifier has to tell, and for no other notifier', () => {
    const rig = new Rig(both)
    rig.answer = ({ notifier }) => (notifier === 'a' && rig.now === 0 ? limited(60_000) : 'ok')
    rig
      .signal(opened(0))
      .signal(opened(10, { metric: 'disk' }))
      .to(59_999)
    const toA = () => rig.attempts.filter(({ place }) => place === 'a').map(({ at }) => at)
    expect(rig.told.slice(0, 2)).toEqual(['0 alert 2 b', '10 alert 2 b'])
    expect(toA()).toEqual([0])
    rig.to(60_000)
    expect(toA()).toEqual([0, 60_000])
    expect(rig.attempts.at(-1)?.alert.series).toBe('disk')
  })

  it('is bounded: nobody silences a notifier for an hour, and the others hear of it', () => {
    const rig = new Rig()
    rig.answer = ({ notifier }, attempt) => (notifier === 'a' && attempt === 1 ? limited(1e15) : 'ok')
    rig.signal(opened(0, { severity: 1 })).to(hourMs)
    const [beginning] = rig.told.filter((line) => line.endsWith(' a'))
    expect(Number(beginning?.split(' ')[0])).toBeLessThanOrEqual(302_000)
    expect(rig.told.filter((line) => line.endsWith(' b'))[0]).toBe('60000 alert 1 b')
  })

  it('lets another message go first when it is over, so that one that is always refused so holds nobody up', () => {
    const rig = alone()
    rig.answer = ({ alerts: [{ series }] }) => (series === 'bad' ? limited() : 'ok')
    rig
      .signal(opened(1000, { metric: 'bad', severity: 1 }))
      .signal(opened(1100, { metric: 'good', severity: 1 }))
    rig.to(2000)
    expect(rig.told).toEqual(['1750 alert 1 a'])
    for (let time = 10_000; time < 2 * hourMs; time += 600_000) {
      rig.signal(opened(time, { metric: `good ${time}`, severity: 5 })).to(time + 30_000)
      expect(rig.told).toHaveLength(2 + Math.floor(time / 600_000))
    }
  })

  it('is not asked for by what is refused for good, whatever that says', () => {
    const rig = alone()
    rig.answer = ({ alerts: [{ series }] }) =>
      series === 'cpu' ? { ...permanent, retryAfterMs: 3_600_000 } : 'ok'
    rig.signal(opened(0)).signal(opened(10, { metric: 'disk' }))
    expect(rig.told).toEqual(['10 alert 2 a'])
  })
})

describe('a storm', () => {
  it('of 5000 of severity 5 holds no severity 1 up, nor its change, before its end and that of the others', () => {
    const rig = new Rig(everybody, ['a'], { maxOpenAlerts: 5000 })
    rig.answer = () => 'hangs'
    const told: string[] = []
    // Answers one attempt, and notes what is begun for it.
    const answer = (): void => {
      const next = rig.attempts[told.length]
      if (next === undefined) throw new Error('nothing is under way')
      told.push(`${next.kind} ${next.severity}`)
      rig.step({ type: 'result', result: { id: next.id, notifier: 'a' } })
    }
    for (let index = 0; index < 5000; index++) rig.signal(opened(0, { metric: `m${index}`, severity: 5 }))
    rig.signal(opened(1, { metric: 'worst', severity: 1 }))
    expect(rig.attempts.map(({ severity }) => severity)).toEqual([5, 5, 5, 5, 5, 5, 5, 1])
    for (let index = 0; index < 8; index++) answer()
    rig.signal(cleared(2, { metric: 'm0', openedAt: 0, severity: 5 }))
    rig.signal(changed(3, 1, { metric: 'm1', openedAt: 0 }))
    rig.signal(changed(3, 5, { metric: 'worst', openedAt: 1 }))
    while (told.length < rig.attempts.length) answer()
    expect(told.filter((line) => line === 'alert 5')).toHaveLength(5000)
    expect(told.indexOf('transition 1')).toBeLessThan(20)
    expect(told.slice(-2)).toEqual(['transition 5', 'recovery 5'])
  })
})

describe('a restart', () => {
  it('sends again what was not settled, with the same id, and nothing else', () => {
    const rig = alone()
    rig.answer = ({ alerts: [{ series }] }) => (series === 'disk' ? 'hangs' : 'ok')
    rig.signal(opened(0)).signal(opened(10, { metric: 'disk' }))
    rig.answer = () => 'ok'
    rig.restart()
    expect(rig.attempts.map(({ alert }) => alert.series)).toEqual(['cpu', 'disk', 'disk'])
    expect(rig.attempts[1]?.id).toBe(rig.attempts[2]?.id)
    rig.restart()
    expect(rig.attempts).toHaveLength(3)
  })

  it('buries what was planned for a notifier that is gone', () => {
    const rig = new Rig({ groups: { ops: { notifiers: ['b'] } }, routes: [{ group: 'ops' }] })
    rig.answer = () => 'hangs'
    rig.signal(opened(0)).restart(everybody, ['a'])
    expect(rig.decisions).toContain('dead no-notifier')
    expect(rig.engine.state.notifications.size).toBe(1)
  })

  it('with a store that lost the alert of a notification lets go of what it cannot say any more', () => {
    const rig = alone()
    rig.answer = () => 'hangs'
    rig.signal(opened(0)).signal(opened(10, { metric: 'disk' }))
    rig.log.splice(
      0,
      rig.log.length,
      ...rig.log.filter((change) => change.type !== 'alert' || change.alert.series !== 'cpu'),
    )
    rig.restart()
    expect(rig.attempts.slice(2).map(({ alert }) => alert.series)).toEqual(['disk'])
    expect(rig.decisions).toContain('superseded cleared')
    expect(rig.engine.state.notifications.size).toBe(1)
  })
})

it('a recipient that is refused while others are told is an alert, and the notification is delivered', () => {
  const rig = new Rig()
  rig.answer = () => 'hangs'
  rig.signal(opened(0))
  const { id = '' } = rig.attempts[0] ?? {}
  const refused = [{ recipient: 'a…@example.org', message: '550 no such person' }]
  rig.step({ type: 'result', result: { id, notifier: 'a', refused } })
  expect(rig.events.find(({ type }) => type === 'delivered')).toMatchObject({ refused })
  expect(rig.attempts.slice(1).map(({ place, severity, text }) => [place, severity, text])).toEqual(
    ['a', 'b'].map((place) => [
      place,
      2,
      'notifier "a" told others, but a…@example.org was refused: 550 no such person',
    ]),
  )
})
