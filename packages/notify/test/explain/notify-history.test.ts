import { concat, NEVER, of } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { NotifyError } from '../../src/errors.ts'
import { describeEvent } from '../../src/explain/describe-event.ts'
import { notifyHistory } from '../../src/explain/notify-history.ts'
import type { NotifyEvent } from '../../src/model/event.ts'
import { notify } from '../../src/notify.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { opened } from '../support/signals.ts'

const alert = { time: 1, alert: 'a', ruleSet: 'rules', series: 'cpu', severity: 2 as const }
const told = { ...alert, notification: 'n', place: 'pager', notifier: 'sms', kind: 'alert' as const }

const created: NotifyEvent = { ...alert, type: 'created', signal: '1' }
const delivered: NotifyEvent = { ...told, time: 5, type: 'delivered', plannedAt: 1, attempts: 1 }
const other: NotifyEvent = {
  ...alert,
  alert: 'b',
  time: 3,
  type: 'suppressed',
  place: 'mail',
  reason: 'maintenance',
}

describe('the history of notify', () => {
  it('explains an alert, a place and a stretch of time, in the order of the decisions', () => {
    const history = notifyHistory()
    of(created, other, delivered).pipe(history.record()).subscribe()
    const types = (question: Parameters<typeof history.explain>[0]): string[] =>
      history.explain(question).decisions.map(({ event }) => event.type)
    expect(types({})).toEqual(['created', 'suppressed', 'delivered'])
    expect(types({ alert: 'a' })).toEqual(['created', 'delivered'])
    expect(types({ place: 'mail' })).toEqual(['suppressed'])
    expect(types({ from: 3, to: 5 })).toEqual(['suppressed'])
    expect(history.explain({}).unknownBefore).toBeUndefined()
  })

  it('forgets the oldest beyond its bytes, and says from when on it knows', () => {
    const history = notifyHistory({ maxBytes: 100_000 })
    const events = Array.from({ length: 5000 }, (_, time): NotifyEvent => ({ ...created, time }))
    of(...events)
      .pipe(history.record())
      .subscribe()
    const { decisions, unknownBefore } = history.explain({})
    const times = decisions.map(({ time }) => time)
    expect(times).toEqual(events.slice(-times.length).map(({ time }) => time))
    expect(unknownBefore).toBe(times[0])
    const bytes = decisions.reduce((sum, { event }) => sum + JSON.stringify(event).length, 0)
    expect(bytes).toBeLessThanOrEqual(100_000)
    expect(bytes).toBeGreaterThan(99_000)
  })

  it('refuses a bound that is none', () => {
    expect(() => notifyHistory({ maxBytes: 0 })).toThrow(NotifyError)
  })
})

it('says of the only notifier, which fails, that none is left to tell of it', async () => {
  const time = virtualTime()
  try {
    const history = notifyHistory()
    const pager = { send: () => Promise.reject(new Error('down')) }
    const policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
    const running = concat(of(opened(0)), NEVER)
      .pipe(notify(policy, { notifiers: { pager } }), history.record())
      .subscribe()
    await time.advanceTo(120_000)
    running.unsubscribe()
    expect(history.explain({}).decisions.map(({ text }) => text)).toContain(
      'nobody is told of notify.notifier_failing notifier=pager: no notifier is left to tell it',
    )
  } finally {
    time.end()
  }
})

describe('a decision in words', () => {
  it.each<[string, NotifyEvent]>([
    ['the alert opened with severity 2', created],
    [
      'the alert opened again with severity 2, for the 12th time',
      { ...alert, type: 'reopened', signal: '1', openings: 12 },
    ],
    [
      'the alert opened again with severity 2, for the 22nd time',
      { ...alert, type: 'reopened', signal: '1', openings: 22 },
    ],
    ['mail is not told of cpu: it is in maintenance', other],
    [
      'nobody is told of cpu: no route of the policy is about it',
      { ...alert, type: 'suppressed', reason: 'no-route' },
    ],
    ['pager was told of cpu, by sms: the alert', delivered],
    [
      'pager was told of cpu, by sms: the alert; bob@example.com was refused: 550',
      {
        ...told,
        type: 'delivered',
        plannedAt: 1,
        attempts: 1,
        refused: [{ recipient: 'bob@example.com', message: '550' }],
      },
    ],
    [
      'attempt 3 to tell pager of cpu failed (transient): no answer, and it may have arrived all the same; tried again at 1970-01-01T00:00:02.000Z',
      {
        ...told,
        type: 'attempt-failed',
        attempt: 3,
        failure: 'transient',
        message: 'no answer',
        arrived: 'perhaps',
        retryAt: 2000,
      },
    ],
    [
      'the alert is over: somebody ended it (ann); nobody has been told of it',
      { ...alert, type: 'cleared', signal: '', reason: 'command', by: 'ann', told: [] },
    ],
    [
      'what pager was to be told of cpu is out of date: the severity is another',
      { ...told, type: 'superseded', reason: 'severity' },
    ],
    [
      'nobody is told of load dc=vienna host=web-1: no route of the policy is about it',
      { ...alert, series: 'load|ST[dc:vienna,host:web-1]', type: 'suppressed', reason: 'no-route' },
    ],
    [
      'nobody is told of notify.notifier_failing notifier=pager: no notifier is left to tell it',
      {
        ...alert,
        ruleSet: 'tocsin.notify',
        series: 'notify.notifier_failing|ST[notifier:pager]',
        type: 'suppressed',
        reason: 'no-route',
      },
    ],
    [
      'mail is told of cpu if the alert lasts until 1970-01-01T00:00:02.000Z',
      { ...alert, type: 'waiting', place: 'mail', until: 2000 },
    ],
    ['pager is to be told of cpu, by sms: its end', { ...told, type: 'planned', kind: 'recovery' }],
    [
      'pager was not told of cpu after 1 attempt: it was refused for good',
      { ...told, type: 'dead', reason: 'refused', attempts: 1 },
    ],
    [
      'pager was not told of cpu after 2 attempts: it was refused for good',
      { ...told, type: 'dead', reason: 'refused', attempts: 2 },
    ],
    [
      'pager was not told: its notifier is not there any more',
      { ...told, series: '', type: 'dead', reason: 'no-notifier', attempts: 0 },
    ],
    ['nothing was heard of the alert for long; its detector was asked', { ...alert, type: 'asked' }],
    [
      'nothing was heard of the alert for long; nobody can be asked, without the option stillOpen',
      { ...alert, type: 'asked', unasked: true },
    ],
    [
      'the detector did not answer: nobody knows whether the alert is still open',
      { ...alert, type: 'unknown' },
    ],
    [
      'nobody can be asked, without the option stillOpen: nobody knows whether the alert is still open',
      { ...alert, type: 'unknown', unasked: true },
    ],
  ])('is "%s"', (text, event) => {
    expect(describeEvent(event)).toBe(text)
  })

  it('is not filled by a name that is long, or that is none', () => {
    const key = `load|ST[${Array.from({ length: 200 }, (_, index) => `tag${index}:${'v'.repeat(10)}`).join(',')}]`
    for (const series of [key, `]${'x'.repeat(9000)}|ST[`]) {
      const text = describeEvent({
        ...alert,
        series,
        type: 'suppressed',
        place: 'mail',
        reason: 'maintenance',
      })
      expect(text.length).toBeLessThan(250)
      expect(text).toMatch(/^mail is not told of .*: it is in maintenance$/)
    }
  })

  it('has nothing in it that steers a terminal, and at most 1000 characters', () => {
    const text = describeEvent({ ...alert, type: 'acknowledged', by: `ann\u001b[31m\n${'x'.repeat(5000)}` })
    expect(text).toHaveLength(1000)
    expect(text).not.toMatch(/[\u0000-\u001f\u007f]/)
  })
})
