import { describe, expect, it } from 'vitest'

import { minutes, polled, run, watch } from './grid.ts'

const above = { above: 80 } as const

describe('as Grafana does', () => {
  it('no data that keeps the last state neither opens nor clears', () => {
    expect(polled(watch([{ when: above, severity: 1 }]), [90, NaN, NaN, 90])).toBe('FFFF')
    expect(polled(watch([{ when: above, severity: 1 }]), [10, NaN, NaN, 10])).toBe('----')
  })
  it('no data that is read as normal clears', () => {
    expect(polled(watch([{ when: above, severity: 1 }], { unknown: 'clear' }), [90, NaN, 90])).toBe('F-F')
  })
  it('no data that is read as alerting opens, and says that it is unknown', () => {
    const rules = watch([{ when: above, severity: 1 }], { unknown: 'fire' })
    expect(run(rules, minutes([10, NaN, 10])).told).toEqual([
      '60 opened s1 unknown',
      '120 cleared s1 recovered',
    ])
  })
  it('no data as a state of its own is a rule of its own', () => {
    const rules = watch([
      { when: above, severity: 1 },
      { when: { absentFor: '2m' }, severity: 4 },
    ])
    expect(run(rules, minutes([10, 10]), 300).told).toEqual(['180 opened s4 absent'])
  })
  it('pending becomes alerting once it lasted for the pending period', () => {
    expect(polled(watch([{ when: above, for: '2m', severity: 1 }]), [90, 90, 90, 90, 10])).toBe('--FF-')
  })
  it('recovering keeps firing for its period, and goes back to alerting within it', () => {
    expect(polled(watch([{ when: above, keep: '2m', severity: 1 }]), [90, 10, 90, 10, 10, 10])).toBe('FFFFF-')
  })
  it('a recovery threshold ends it only below', () => {
    expect(polled(watch([{ when: { above: 80, until: 60 }, severity: 1 }]), [85, 70, 61, 59, 70])).toBe(
      'FFF--',
    )
  })
  it('no data while pending does not fire, and does not begin anew', () => {
    expect(polled(watch([{ when: above, for: '3m', severity: 1 }]), [90, NaN, NaN, NaN, 90, 10])).toBe(
      '----F-',
    )
  })
  it('a mute timing holds notifications back and not the evaluation', () => {
    const rules = watch([{ when: above, severity: 1 }], {
      mute: [{ when: { during: { from: '00:00', until: '00:03' } } }],
    })
    const { told, events } = run(rules, minutes([90, 90, 90, 90, 90]), 300)
    expect(told).toEqual(['0 muted opened s1 above', '180 opened s1 above'])
    expect(events[1]).toMatchObject({ openedAt: 0 })
  })
  it('each series has its own state', () => {
    const of = (second: number, host: string, value: number) => ({
      series: { key: `m|ST[host:${host}]`, metric: 'm', tags: { host } },
      ...{ time: second * 1000, value },
    })
    const { told } = run(watch([{ when: above, severity: 1 }]), [
      of(0, 'a', 90),
      of(1, 'b', 10),
      of(2, 'b', 90),
    ])
    expect(told).toEqual(['0 opened s1 above', '2 opened s1 above'])
  })
})

describe('unlike Grafana, on purpose', () => {
  it('a series that is missing keeps its fault, where Grafana resolves it after two evaluations', () => {
    expect(polled(watch([{ when: above, severity: 1 }]), [90, '_', '_', '_', '_', '_'])).toBe('FFFFFF')
  })
})
