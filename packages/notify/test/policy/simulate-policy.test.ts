import { describe, expect, it } from 'vitest'

import { NotifyError } from '../../src/errors.ts'
import type { Policy } from '../../src/model/policy.ts'
import { simulatePolicy } from '../../src/policy/simulate-policy.ts'
import type { SimulateOptions } from '../../src/policy/simulate-policy.ts'

const at = Date.parse('2026-12-24T03:00:00Z')
const minute = 60_000
const policy: Policy = {
  groups: { ops: { notifiers: ['pager'] }, boss: { notifiers: ['mail'] }, rest: { notifiers: ['room'] } },
  routes: [
    { group: 'ops', select: 'service:shop', severities: [1, 2], wait: { 2: '2m' } },
    { group: 'boss', select: 'service:shop', severities: [1, 2], wait: '15m' },
    { otherwise: true, group: 'rest' },
  ],
  maintenance: [{ id: 'night', select: 'service:bank', from: at, to: at + 30 * minute }],
}
const shop = { metric: 'load', tags: { service: 'shop' } }
const line = (given: Partial<SimulateOptions> & Pick<SimulateOptions, 'alert'>): string[] =>
  simulatePolicy(policy, { at, ...given }).map(
    ({ time, type, place, kind, reason, severity }) =>
      `${(time - at) / minute}m ${type} ${[place, kind, reason, severity].filter(Boolean).join(' ')}`,
  )

describe('simulatePolicy', () => {
  it('tells who is told when, after which wait, and of the end', () => {
    expect(line({ alert: { ...shop, severity: 2, lastsMs: 20 * minute } })).toEqual([
      '0m waiting pager 2',
      '0m waiting mail 2',
      '2m told pager alert 2',
      '15m told mail alert 2',
      '20m told pager recovery 2',
      '20m told mail recovery 2',
    ])
  })

  it('follows changes of severity and an acknowledgement', () => {
    const changes = [
      { afterMs: minute, severity: 1 as const },
      { afterMs: 30 * minute, severity: 3 as const },
    ]
    expect(
      line({
        alert: { ...shop, severity: 2, changes, acknowledgedAfterMs: 5 * minute, lastsMs: 40 * minute },
      }),
    ).toEqual([
      '0m waiting pager 2',
      '0m waiting mail 2',
      '1m told pager alert 1',
      '15m suppressed mail acknowledged 1',
      '30m suppressed pager acknowledged 3',
      '30m suppressed room acknowledged 3',
      '40m suppressed room never-told 3',
      '40m told pager recovery 3',
    ])
  })

  it('asks the otherwise routes where no other reaches anybody, and minds maintenance', () => {
    expect(
      line({ alert: { metric: 'load', tags: { service: 'bank' }, severity: 4, lastsMs: 60 * minute } }),
    ).toEqual(['0m suppressed room maintenance 4', '30m told room alert 4', '60m told room recovery 4'])
  })

  it('takes a date with an offset, and looks no further than it is asked to', () => {
    const all = simulatePolicy(policy, {
      at: '2026-12-24T04:00:00+01:00',
      alert: { ...shop, severity: 2, lastsMs: 20 * minute },
      forMs: 3 * minute,
    })
    expect(all.at(-1)).toMatchObject({ time: at + 2 * minute, type: 'told', place: 'pager' })
  })

  it.each<[string, Partial<SimulateOptions>]>([
    ['a date without an offset', { at: '2026-12-24T03:00' }],
    ['no time', { at: NaN }],
    ['a stretch that is none', { forMs: 0 }],
    ['a metric without a name', { alert: { metric: '', severity: 1 } }],
  ])('refuses %s', (_, given) => {
    expect(() => simulatePolicy(policy, { at, alert: { ...shop, severity: 1 }, ...given })).toThrow(
      NotifyError,
    )
  })

  it.each<[string, unknown]>([
    ['option "alert" must be an object with metric and severity', undefined],
    ['option "alert" must be an object with metric and severity', 'load'],
    ['option "alert.metric" is missing; it must be a text', { severity: 1 }],
    ['option "alert.severity" is missing; it must be a severity from 1, the worst, to 5', shop],
    ['option "alert.severity" must be a severity from 1, the worst, to 5, got 9', { ...shop, severity: 9 }],
    [
      'option "alert.lastsMs" must be a number of ms from 0, got "1h"',
      { ...shop, severity: 1, lastsMs: '1h' },
    ],
    [
      'option "alert.acknowledgedAfterMs" must be a number of ms from 0, got -1',
      { ...shop, severity: 1, acknowledgedAfterMs: -1 },
    ],
    ['option "alert.tags.host" must be a text', { metric: 'load', tags: { host: 1 }, severity: 1 }],
    [
      'option "alert.changes[0].severity" must be a severity from 1, the worst, to 5, got 0',
      { ...shop, severity: 1, changes: [{ afterMs: 1, severity: 0 }] },
    ],
    ['option "alert.last" is not known here', { ...shop, severity: 1, last: 1 }],
    [
      'option "alert" must be an alert whose metric and tags make the name of a series',
      { metric: '', severity: 1 },
    ],
  ])('says what is wrong with the alert: %s', (message, alert) => {
    expect(() => simulatePolicy(policy, { at, alert: alert as never })).toThrow(
      `NOTIFY_BAD_OPTION: ${message}`,
    )
  })

  it('says what is wrong with the other options', () => {
    const alert = { ...shop, severity: 1 } as const
    const simulated = (given: object) => () => simulatePolicy(policy, { at, alert, ...given })
    expect(simulated({ for: 1 })).toThrow(
      'NOTIFY_BAD_OPTION: unknown option "for"; known are at, alert, forMs',
    )
    expect(simulated({ at: 9e15 })).toThrow('NOTIFY_BAD_OPTION: option "at" must be a time in ms')
    expect(simulated({ forMs: '1d' })).toThrow('NOTIFY_BAD_OPTION: option "forMs" must be from 1 to')
    expect(() => simulatePolicy(policy, undefined as never)).toThrow('NOTIFY_BAD_OPTION: option "at" must be')
  })
})
