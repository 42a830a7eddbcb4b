import { EMPTY, NEVER, of, Subject, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { memoryNotifyStore, notify, notifySamples, NotifyError } from '../../src/index.ts'
import type { DetectorSignal, NotifyEvent, NotifySamplesOptions, Policy, Sample } from '../../src/index.ts'
import { recordingNotifier, virtualTime } from '../../src/testing/index.ts'
import { changed, cleared, opened } from '../support/signals.ts'

const alert = { time: 7, alert: 'a', ruleSet: 'rules', series: 'cpu', severity: 2 as const }
const told = { ...alert, notification: 'n', place: 'pager', notifier: 'pager', kind: 'alert' as const }

const created: NotifyEvent = { ...alert, type: 'created', signal: '1' }
const worse: NotifyEvent = { ...alert, type: 'severity', signal: '2', severity: 1, from: 2 }
const over: NotifyEvent = { ...alert, type: 'cleared', signal: '3', severity: 1, reason: 'signal', told: [] }

/** Samples as `metric{tags} kind value`. */
function samplesOf(events: readonly NotifyEvent[], options?: NotifySamplesOptions): string[] {
  const lines: string[] = []
  of(...events)
    .pipe(notifySamples(options))
    .subscribe((sample) => lines.push(lineOf(sample)))
  return lines
}

const lineOf = ({ series: { metric, tags }, kind, value }: Sample): string =>
  `${metric} ${Object.values(tags).join(' ')} ${kind} ${Number(value)}`

describe('the samples of notify', () => {
  it('count what is open by severity: all five at first, then what has changed', () => {
    const gauges = samplesOf([created, worse, { ...created, severity: 1 }, over]).filter((line) =>
      line.includes('open_alerts'),
    )
    expect(gauges).toEqual([
      'notify.open_alerts 1 gauge 0',
      'notify.open_alerts 2 gauge 1',
      'notify.open_alerts 3 gauge 0',
      'notify.open_alerts 4 gauge 0',
      'notify.open_alerts 5 gauge 0',
      'notify.open_alerts 1 gauge 1',
      'notify.open_alerts 2 gauge 0',
      'notify.open_alerts 1 gauge 2',
      'notify.open_alerts 1 gauge 1',
    ])
  })

  it.each<[string, NotifyEvent, string[]]>([
    ['an alert that opened', created, ['notify.opened 2 delta 1']],
    ['one that is over', over, ['notify.cleared 1 delta 1']],
    ['one that changed', worse, []],
    [
      'an alert that opened again',
      { ...alert, type: 'reopened', signal: '4', openings: 2 },
      ['notify.opened 2 delta 1'],
    ],
    ['a notification that was planned', { ...told, type: 'planned' }, ['notify.planned pager delta 1']],
    [
      'one that another took the place of',
      { ...told, type: 'superseded', reason: 'severity' },
      ['notify.deliveries pager superseded delta 1'],
    ],
    [
      'that somebody was not told',
      { ...alert, type: 'suppressed', place: 'pager', reason: 'maintenance' },
      ['notify.suppressed maintenance delta 1'],
    ],
    ['a duplicate', { ...alert, type: 'duplicate', signal: '1', reason: 'already-open' }, []],
    [
      'a delivery, with how long it took',
      { ...told, type: 'delivered', time: 1500, plannedAt: 1000, attempts: 2 },
      ['notify.deliveries pager delivered delta 1', 'notify.delivery_ms pager observation 500'],
    ],
    [
      'a delivery whose clock was set back',
      { ...told, type: 'delivered', time: 900, plannedAt: 1000, attempts: 2 },
      ['notify.deliveries pager delivered delta 1', 'notify.delivery_ms pager observation 0'],
    ],
    [
      'a notification that was given up',
      { ...told, type: 'dead', reason: 'deadline', attempts: 3 },
      ['notify.deliveries pager dead delta 1'],
    ],
    [
      'an attempt that failed',
      { ...told, type: 'attempt-failed', attempt: 1, failure: 'transient', message: 'down', arrived: 'no' },
      ['notify.failed_attempts pager transient delta 1'],
    ],
    [
      'a notifier whose name is too long for a tag',
      { ...told, type: 'dead', notifier: 'x'.repeat(256), reason: 'refused', attempts: 1 },
      [],
    ],
  ])('tell %s', (_, event, expected) => {
    expect(samplesOf([event]).filter((line) => !line.includes('open_alerts'))).toEqual(expected)
  })

  it('have the time of their event, and the prefix and tags that were asked for', () => {
    const samples: Sample[] = []
    of(created)
      .pipe(notifySamples({ prefix: 'alerting', tags: { host: 'web-1' } }))
      .subscribe((sample) => samples.push(sample))
    expect(samples[0]).toEqual({
      series: {
        key: 'alerting.opened|ST[host:web-1,severity:2]',
        metric: 'alerting.opened',
        tags: { host: 'web-1', severity: '2' },
      },
      time: 7,
      kind: 'delta',
      value: 1,
    })
    expect(new Set(samples.map(({ time }) => time))).toEqual(new Set([7]))
  })

  it('know what was open before where they are given the store, and fall below nothing where not', () => {
    const open = { openAlerts: () => [{ severity: 1 as const }, { severity: 1 as const }] }
    expect(samplesOf([over], { open })).toContain('notify.open_alerts 1 gauge 1')
    expect(samplesOf([over])).toContain('notify.open_alerts 1 gauge 0')
  })

  it('count what notify does over a restart as its store does', async () => {
    using time = virtualTime()
    const store = memoryNotifyStore()
    const policy: Policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
    const pager = recordingNotifier()
    const latest = new Map<string, unknown>()
    const live = async (...signals: readonly DetectorSignal[]): Promise<void> => {
      const source = new Subject<DetectorSignal>()
      const subscription = source
        .pipe(notify(policy, { store, notifiers: { pager } }), notifySamples({ open: store }))
        .subscribe(({ series, value, kind }) => kind === 'gauge' && latest.set(series.key, value))
      for (const each of signals) source.next(each)
      await time.advanceBy(1)
      subscription.unsubscribe()
    }
    const byStore = (): unknown[] =>
      ([1, 2, 3, 4, 5] as const).map(
        (level) => store.openAlerts().filter(({ severity }) => severity === level).length,
      )
    await live(opened(0), opened(0, { metric: 'disk' }), changed(1, 1))
    expect([...latest.values()]).toEqual(byStore())
    await live(cleared(2), opened(2, { metric: 'net', severity: 5 }))
    expect([...latest.values()]).toEqual(byStore())
    expect(byStore()).toEqual([0, 1, 0, 0, 1])
  })

  it('count for each subscriber by itself', () => {
    const samples$ = of(created).pipe(notifySamples(), toArray())
    const seen: Sample[][] = []
    samples$.subscribe((samples) => seen.push(samples))
    samples$.subscribe((samples) => seen.push(samples))
    expect(seen[0]).toEqual(seen[1])
  })

  it('end, fail, keep silent and are let go as their source is', () => {
    const ends: unknown[] = []
    const observer = { error: (error: unknown) => ends.push(error), complete: () => ends.push('complete') }
    EMPTY.pipe(notifySamples()).subscribe(observer)
    throwError(() => new Error('broken'))
      .pipe(notifySamples())
      .subscribe(observer)
    NEVER.pipe(notifySamples()).subscribe(observer)
    expect(ends).toEqual(['complete', new Error('broken')])
    const source = new Subject<NotifyEvent>()
    source.pipe(notifySamples()).subscribe().unsubscribe()
    expect(source.observed).toBe(false)
  })

  it.each<[string, unknown]>([
    ['a prefix that is empty', { prefix: '' }],
    ['a prefix that makes no name', { prefix: 'x'.repeat(5000) }],
    ['tags that are no strings', { tags: { host: 1 } }],
    ['what has no open alerts', { open: {} }],
    ['what it does not know', { names: true }],
  ])('refuse %s', (_, options) => {
    expect(() => notifySamples(options as NotifySamplesOptions)).toThrow(NotifyError)
  })
})
