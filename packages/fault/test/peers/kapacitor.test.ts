import { describe, expect, it } from 'vitest'

import { type Came, run, sampleOf, watch } from './grid.ts'

const each10s = (values: readonly (number | string)[]): readonly Came[] =>
  values.map((value, index) => [index * 10, value] as const)

const levels = watch(
  [
    { when: { above: 90 }, severity: 1 },
    { when: { above: 70 }, severity: 2 },
    { when: { above: 50 }, severity: 3 },
  ],
  { decide: 'first' },
)

describe('as Kapacitor does', () => {
  it('levels without a reset follow the value both ways', () => {
    expect(run(levels, each10s([55, 75, 95, 75, 40, 60, 10])).states).toBe('3212-3-')
  })
  it('only a change of the level is an event', () => {
    const { told } = run(levels, each10s([55, 56, 57, 75, 76, 95, 20]))
    expect(told).toEqual([
      ...['0 opened s3 above', '30 severity s2 above', '50 severity s1 above', '60 cleared s1 recovered'],
    ])
  })
  it('a level with a reset is left only when its reset is true: 61 73 64 85 62 56 47', () => {
    // info above 60 until below 50, warn above 70 until below 60, crit above 80 until below 70.
    const reset = watch(
      [
        { when: { above: 80 }, clear: { below: 70 }, severity: 1 },
        { when: { above: 70 }, clear: { below: 60 }, severity: 2 },
        { when: { above: 60 }, clear: { below: 50 }, severity: 3 },
      ],
      { decide: 'worst' },
    )
    // Kapacitor goes from crit to info at 62, since it asks only the level that it is at; here warn, still held, decides.
    expect(run(reset, each10s([61, 73, 64, 85, 62, 56, 47])).states).toBe('322123-')
  })
  it('the documented levels with resets, as they are with hysteresis in the comparison', () => {
    const reset = watch(
      [
        { when: { above: 80, until: 70 }, severity: 1 },
        { when: { above: 70, until: 60 }, severity: 2 },
        { when: { above: 60, until: 50 }, severity: 3 },
      ],
      { decide: 'worst' },
    )
    expect(run(reset, each10s([61, 73, 64, 85, 62, 56, 47])).states).toBe('322123-')
  })
  it('a raise needs no reset', () => {
    const reset = watch([
      { when: { above: 80 }, clear: { below: 10 }, severity: 1 },
      { when: { above: 60 }, clear: { below: 5 }, severity: 3 },
    ])
    expect(run(reset, each10s([65, 85, 20])).states).toBe('311')
  })
  it('a change of a value is an event at each new value that follows an old one', () => {
    const { told } = run(watch([{ when: { changed: true }, severity: 4 }]), each10s([5, 5, 6, 6, 7, 7]))
    expect(told.filter((line) => line.includes('opened'))).toEqual([
      '20 opened s4 changed',
      '40 opened s4 changed',
    ])
  })
  it('a state that lasts is one by duration', () => {
    const { told } = run(
      watch([{ when: { above: 80 }, for: '30s', severity: 1 }]),
      each10s([90, 90, 90, 90, 10]),
    )
    expect(told).toEqual(['30 opened s1 above', '40 cleared s1 recovered'])
  })
  it('a state that lasts is one by count', () => {
    const rules = watch([{ when: { atLeast: 3, of: { count: { above: 80 }, over: 3 } }, severity: 1 }])
    expect(run(rules, each10s([90, 90, 10, 90, 90, 90, 10])).states).toBe('-----1-')
  })
  it('how long an alert lasted is what its end says', () => {
    const end = run(watch([{ when: { above: 80 }, severity: 1 }]), each10s([90, 90, 10])).events[1]
    expect(end).toMatchObject({ type: 'cleared', openedAt: 0, time: 20_000 })
  })
  it('a dead man is told once', () => {
    const rules = watch([{ when: { absentFor: '60s' }, severity: 1 }])
    expect(run(rules, each10s([1, 1]), 600).told).toEqual(['70 opened s1 absent'])
  })
  it('points that are filled in later do not bring the dead back', () => {
    const rules = watch([{ when: { absentFor: '60s' }, severity: 1 }])
    const { told } = run(rules, [[10, 1], { ...sampleOf([20, 1]), receivedAt: 90_000, time: 20_000 }], 95)
    expect(told).toEqual(['70 opened s1 absent'])
  })
  it('a flapping state is the share of changes in a window', () => {
    const rules = watch([{ when: { atLeast: 4, of: { changes: 6 }, until: 1 }, severity: 4 }])
    expect(run(rules, each10s([0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1])).states).toBe('----44444--')
  })
  it('a mute by the hour holds back what a handler would get', () => {
    const rules = watch([{ when: { above: 80 }, severity: 1 }], {
      mute: [{ when: { during: { from: '00:00', until: '00:01' } } }],
    })
    expect(run(rules, each10s([90, 90, 10])).told).toEqual([
      '0 muted opened s1 above',
      '20 muted cleared s1 recovered',
    ])
  })
  it('alerts of groups are apart', () => {
    const rules = watch([{ when: { above: 80 }, severity: 1 }], { by: ['host'], combine: 'max' })
    const of = (second: number, host: string, value: number) => ({
      series: { key: `m|ST[host:${host}]`, metric: 'm', tags: { host } },
      ...{ time: second * 1000, value },
    })
    const { events } = run(rules, [of(0, 'a', 90), of(1, 'b', 10), of(2, 'b', 91), of(3, 'a', 10)])
    expect(events.map((one) => `${one.type} ${one.series.key}`)).toEqual([
      'opened m|ST[host:a]',
      'opened m|ST[host:b]',
      'cleared m|ST[host:a]',
    ])
  })
})
