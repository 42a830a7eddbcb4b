import { describe, expect, it } from 'vitest'

import { noteFailure, noteSuccess, onNotifierTimer } from '../../src/engine/own/notifier-health.ts'
import {
  createOwnAlerts,
  onOwn,
  onOwnTimer,
  ownPlaces,
  raiseOwn,
  restoreOwn,
  setBackOwn,
} from '../../src/engine/own/own-alerts.ts'
import type { Waiting } from '../../src/engine/outbox/outbox.ts'
import { createTimerQueue } from '../../src/engine/outbox/timer-queue.ts'
import { ownRuleSet } from '../../src/model/signal.ts'
import type { FaultSignal } from '../../src/model/signal.ts'
import { readSignal } from '../../src/model/read-signal.ts'

const failingAfterMs = 60_000

/** What knows of alerting itself, and a time that moves only when told to. */
class Rig {
  now = 0
  readonly own = createOwnAlerts()
  readonly timers = createTimerQueue()
  readonly limits = { failingAfterMs }
  paused = false
  waits: Waiting = { count: 3, worst: 2 }
  readonly policy = { names: (): boolean => true }
  readonly outbox = { isPaused: () => this.paused, waiting: () => this.waits }

  to(time: number): this {
    for (let timer = this.timers.take(time); timer !== undefined; timer = this.timers.take(time)) {
      this.now = timer.due
      if (timer.kind === 'own') onOwnTimer(this, timer.id, this.now)
      else onNotifierTimer(this, timer.id, this.now)
    }
    this.now = time
    return this
  }

  fail(at: number, isDead = false, notifier = 'mail'): this {
    this.to(at)
    noteFailure(this, notifier, `down at ${at}`, isDead, at)
    return this
  }

  succeed(at: number, notifier = 'mail'): this {
    this.to(at)
    noteSuccess(this, notifier, at)
    return this
  }

  /** What was raised and ended so far. */
  get said(): string[] {
    return this.own.raised.map(({ time, type, series }) => `${time} ${type} ${series.key}`)
  }
}

const failing = 'notify.notifier_failing|ST[notifier:mail]'

describe('a notifier that only fails', () => {
  it('is an alert once it has done so for failingAfterMs, and is over with its next success', () => {
    const rig = new Rig().fail(1000).fail(3000).to(60_999)
    expect(rig.said).toEqual([])
    rig.fail(90_000).fail(200_000).succeed(300_000).succeed(300_001)
    expect(rig.said).toEqual([`61000 opened ${failing}`, `300000 cleared ${failing}`])
    expect(rig.timers.next()).toBeUndefined()
  })

  it('says since when, what the last error was, how much waits and how bad the worst of it is', () => {
    const [signal] = new Rig().fail(1000).fail(3000).to(61_000).own.raised
    expect(signal).toMatchObject({
      ruleSet: ownRuleSet,
      severity: 1,
      openedAt: 1000,
      time: 61_000,
      cause: { reason: 'notifier_failing' },
      text: 'notifier "mail" has only failed since 1970-01-01T00:00:01.000Z: down at 3000 (3 undelivered now, the worst of severity 2)',
    })
  })

  it('is none while something arrives now and then', () => {
    const rig = new Rig()
    for (let time = 0; time < 1e6; time += 50_000)
      rig
        .fail(time)
        .fail(time + 1000)
        .succeed(time + 2000)
    expect(rig.to(1e7).said).toEqual([])
  })

  it('is none after a single failure, until the second', () => {
    const rig = new Rig().fail(0).to(200_000)
    expect(rig.said).toEqual([])
    expect(rig.fail(200_000).said).toEqual([`200000 opened ${failing}`])
  })

  it('is one after a single failure with which it asked for a long pause', () => {
    const rig = new Rig().fail(0)
    rig.paused = true
    expect(rig.to(60_000).said).toEqual([`60000 opened ${failing}`])
  })

  it('is one at once where it has given something up', () => {
    const rig = new Rig().fail(5000, true)
    expect(rig.said).toEqual([`5000 opened ${failing}`])
    rig.waits = { count: 0, worst: undefined }
    rig.succeed(6000).fail(7000, true)
    expect(rig.said).toHaveLength(3)
    expect(rig.own.raised[2]?.text).toContain('(nothing waits for it now)')
  })

  it('is one of its own each time: no two have a signal or a fault in common, even within one moment', () => {
    const rig = new Rig().fail(0, true).succeed(0).fail(0, true).succeed(0)
    const { raised } = rig.own
    expect(new Set(raised.map(({ id }) => id)).size).toBe(4)
    expect(new Set(raised.map(({ fault }) => fault)).size).toBe(2)
  })

  it('is told of, whatever time the clock has', () => {
    const rig = new Rig().fail(9e15, true)
    expect(rig.own.raised[0]?.text).toContain(
      'has only failed since 9000000000000000: down at 9000000000000000',
    )
  })

  it('is told apart from others', () => {
    const rig = new Rig().fail(0, true).fail(0, true, 'chat').succeed(10, 'chat')
    expect(rig.said.at(-1)).toBe('10 cleared notify.notifier_failing|ST[notifier:chat]')
    expect(rig.own.open.size).toBe(1)
  })

  it('counts from where it was when the clock is set back', () => {
    const rig = new Rig().fail(1_000_000).fail(1_001_000)
    rig.now = 500_000
    setBackOwn(rig, 500_000, failingAfterMs)
    expect(rig.to(559_999).said).toEqual([])
    expect(rig.to(560_000).said).toEqual([`560000 opened ${failing}`])
  })
})

describe('what happens now and then', () => {
  it.each([
    [{ what: 'refused', reason: 'too-many-alerts' }, 1, 'notify.refused|ST[reason:too-many-alerts]'],
    [{ what: 'overflow', dropped: 7 }, 1, 'notify.overflow'],
    [
      { what: 'recipient_refused', notifier: 'mail', text: 'no such person' },
      2,
      'notify.recipient_refused|ST[notifier:mail]',
    ],
  ] as const)('%o is one alert, over when it has not happened for 5 minutes', (trouble, severity, key) => {
    const rig = new Rig()
    raiseOwn(rig, trouble, 0)
    for (let time = 0; time <= 1_000_000; time += 100_000) {
      rig.to(time)
      raiseOwn(rig, trouble, time)
    }
    rig.to(1_299_999)
    expect(rig.said).toEqual([`0 opened ${key}`])
    expect(rig.own.raised[0]?.severity).toBe(severity)
    expect(rig.to(1e7).said).toEqual([`0 opened ${key}`, `1300000 cleared ${key}`])
    raiseOwn(rig, trouble, 1e7)
    expect(rig.said).toHaveLength(3)
  })

  it('is still open after the clock was set back, for as long as it had left', () => {
    const rig = new Rig().to(1_000_000)
    raiseOwn(rig, { what: 'overflow', dropped: 1 }, rig.now)
    rig.now = 400_000
    setBackOwn(rig, 600_000, failingAfterMs)
    expect(rig.to(699_999).said).toHaveLength(1)
    expect(rig.to(700_000).said).toHaveLength(2)
  })
})

it('a store that fails is an alert until it has taken everything again', () => {
  const rig = new Rig()
  onOwn(rig, { type: 'own', what: 'store_works' }, 0)
  onOwn(rig, { type: 'own', what: 'store_failing', text: 'no space left' }, 10)
  onOwn(rig, { type: 'own', what: 'store_failing', text: 'no space left' }, 20)
  onOwn(rig, { type: 'own', what: 'overflow', dropped: 3 }, 20)
  rig.to(1e7)
  onOwn(rig, { type: 'own', what: 'store_works' }, 1e7)
  expect(rig.said.filter((line) => line.includes('store'))).toEqual([
    '10 opened notify.store_failing',
    '10000000 cleared notify.store_failing',
  ])
  expect(rig.own.raised[0]?.text).toBe('no space left')
})

describe('after a restart', () => {
  const left = (work: (rig: Rig) => void): FaultSignal[] => {
    const rig = new Rig()
    work(rig)
    return JSON.parse(JSON.stringify(rig.own.raised)) as FaultSignal[]
  }

  it('a notifier is over its failing with its next success, and is not raised a second time', () => {
    const rig = new Rig()
    restoreOwn(
      rig,
      left((before) => before.fail(0, true)),
      ['mail'],
      1000,
    )
    rig.fail(2000, true).to(1e7)
    expect(rig.said).toEqual([])
    expect(rig.succeed(1e7).said).toEqual([`10000000 cleared ${failing}`])
  })

  it('a notifier that is not there any more does not fail any more', () => {
    const rig = new Rig()
    restoreOwn(
      rig,
      left((before) => before.fail(0, true)),
      ['chat'],
      1000,
    )
    expect(rig.said).toEqual([`1000 cleared ${failing}`])
  })

  it('the others are over 5 minutes later, unless they happen again', () => {
    const rig = new Rig()
    const signals = left((before) => {
      onOwn(before, { type: 'own', what: 'overflow', dropped: 3 }, 0)
      onOwn(before, { type: 'own', what: 'store_failing', text: 'no space left' }, 0)
    })
    restoreOwn(rig, signals, [], 1000)
    expect(rig.to(300_999).said).toEqual([])
    expect(rig.to(301_000).said).toEqual([
      '301000 cleared notify.overflow',
      '301000 cleared notify.store_failing',
    ])

    const again = new Rig()
    restoreOwn(again, signals.slice(1), [], 0)
    onOwn(again, { type: 'own', what: 'store_failing', text: 'no space left' }, 1000)
    expect(again.to(1e7).said).toEqual([])
  })
})

describe('those who are told', () => {
  const about = (work: (rig: Rig) => void) => {
    const rig = new Rig()
    work(rig)
    const [signal] = rig.own.raised
    if (signal === undefined) throw new Error('nothing was raised')
    return signal.series
  }
  const mailFails = about((rig) => rig.fail(0, true))
  const overflow = about((rig) => {
    raiseOwn(rig, { what: 'overflow', dropped: 1 }, 0)
  })
  const groups = { duty: { notifiers: ['pager', 'mail', 'gone'] }, post: { notifiers: ['mail'] } }

  it('are the group that the policy names, without the notifier that fails and those that are not there', () => {
    expect(ownPlaces({ groups, fallback: 'duty' }, ['mail', 'pager', 'chat'], mailFails)).toEqual(['pager'])
    expect(ownPlaces({ groups, fallback: 'duty' }, ['mail', 'pager', 'chat'], overflow)).toEqual([
      'mail',
      'pager',
    ])
  })

  it('are all but the one that fails where the policy names none, or one that reaches nobody else', () => {
    for (const fallback of [undefined, 'post', 'no such group', 'constructor'])
      expect(ownPlaces({ groups, fallback }, ['mail', 'pager', 'chat'], mailFails)).toEqual(['pager', 'chat'])
    expect(ownPlaces({ groups }, ['mail'], mailFails)).toEqual([])
  })

  it('never include it, whatever its name is', () => {
    for (const name of [
      'x'.repeat(256),
      'a,b]:"|',
      '\ud800',
      ' spaced ',
      'ß温度',
      '"',
      'notifier:',
      '\0',
      'a\nb',
      '',
    ]) {
      const series = about((rig) => rig.fail(0, true, name))
      expect(ownPlaces({ groups: {} }, [name, 'other'], series)).toEqual(['other'])
    }
  })
})

it('everything that is raised is a signal as those of a detector', () => {
  const rig = new Rig().fail(0, true).succeed(1)
  raiseOwn(rig, { what: 'refused', reason: 'too-many-alerts' }, 0)
  onOwn(rig, { type: 'own', what: 'overflow', dropped: 1 }, 0)
  onOwn(rig, { type: 'own', what: 'store_failing', text: 'x'.repeat(20_000) }, 0)
  raiseOwn(rig, { what: 'recipient_refused', notifier: 'mail', text: 'no such person' }, 0)
  rig.to(1e6)
  expect(rig.own.raised.length).toBeGreaterThan(6)
  for (const signal of rig.own.raised) expect(readSignal(signal)).toEqual(signal)
})
