import { EMPTY, of, Subject, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { deliveries } from '../../src/explain/deliveries.ts'
import type { NotificationDelivery } from '../../src/explain/deliveries.ts'
import type { NotifyEvent } from '../../src/model/event.ts'

const alert = { alert: 'a', ruleSet: 'rules', series: 'cpu', severity: 2 as const }
const about = (notification: string, time: number) => ({
  ...alert,
  time,
  notification,
  place: 'pager',
  notifier: 'sms',
  kind: 'alert' as const,
})
const failed = (notification: string, time: number): NotifyEvent => ({
  ...about(notification, time),
  type: 'attempt-failed',
  attempt: 1,
  failure: 'transient',
  message: `at ${time}`,
  arrived: 'no',
  retryAt: time + 1,
})

function follow(...events: readonly NotifyEvent[]): readonly NotificationDelivery[] {
  const seen: NotificationDelivery[] = []
  of(...events)
    .pipe(deliveries())
    .subscribe((delivery) => seen.push(delivery))
  return seen
}

describe('deliveries', () => {
  it('follow each notification over its attempts to its end, and nothing else', () => {
    const seen = follow(
      { ...alert, time: 1, type: 'created', signal: '1' },
      { ...about('n', 1), type: 'planned' },
      { ...about('m', 2), type: 'planned' },
      failed('n', 3),
      { ...about('n', 4), type: 'delivered', plannedAt: 1, attempts: 2 },
      { ...about('m', 5), type: 'superseded', reason: 'severity' },
    )
    expect(seen.map(({ notification, state, failures }) => `${notification} ${state} ${failures}`)).toEqual([
      'n planned 0',
      'm planned 0',
      'n trying 1',
      'n delivered 1',
      'm superseded 0',
    ])
    expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(['delivery']))
    expect(seen[3]).toMatchObject({ plannedAt: 1, attempts: [{ time: 3, message: 'at 3' }] })
    expect(seen[4]).toMatchObject({ reason: 'severity' })
  })

  it('keep the latest 20 attempts and count all', () => {
    const seen = follow(...Array.from({ length: 30 }, (_, time) => failed('n', time)))
    const last = seen.at(-1)
    expect(last?.failures).toBe(30)
    expect(last?.attempts.map(({ time }) => time)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 10),
    )
  })

  it('forget what ended, and know no more of what was planned before than its events say', () => {
    const dead: NotifyEvent = { ...about('n', 9), type: 'dead', reason: 'deadline', attempts: 1 }
    const seen = follow({ ...about('n', 1), type: 'planned' }, failed('n', 2), dead, failed('n', 10))
    expect(seen.at(-1)).toMatchObject({ state: 'trying', failures: 1 })
    expect(seen.at(-1)).not.toHaveProperty('plannedAt')
  })

  it('end, fail and are let go as their source is, each subscriber by itself', () => {
    const ends: unknown[] = []
    const observer = { error: (error: unknown) => ends.push(error), complete: () => ends.push('complete') }
    EMPTY.pipe(deliveries()).subscribe(observer)
    throwError(() => new Error('broken'))
      .pipe(deliveries())
      .subscribe(observer)
    expect(ends).toEqual(['complete', new Error('broken')])
    const source = new Subject<NotifyEvent>()
    source.pipe(deliveries()).subscribe().unsubscribe()
    expect(source.observed).toBe(false)
    const twice = of(failed('n', 1)).pipe(deliveries(), toArray())
    const counts: number[] = []
    const count = (all: readonly NotificationDelivery[]): number => counts.push(all.at(-1)?.failures ?? 0)
    twice.subscribe(count)
    twice.subscribe(count)
    expect(counts).toEqual([1, 1])
  })
})
