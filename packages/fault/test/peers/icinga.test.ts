import { describe, expect, it } from 'vitest'

import { type Came, run, sampleOf, watch } from './grid.ts'

const checks = (letters: string, stepSeconds = 60): readonly Came[] =>
  Array.from(letters, (letter, index) => [index * stepSeconds, 'OWC'.indexOf(letter)] as const)

const failing = watch([
  { when: { atLeast: 3, of: { count: { above: 0 }, over: 3 } }, severity: 1, clear: { equals: 0 } },
])

describe('as Icinga and Nagios do', () => {
  it('a problem is soft for two checks and hard with the third', () => {
    expect(run(failing, checks('OCCCO')).states).toBe('---1-')
  })
  it('a recovery from a soft problem is nothing to tell', () => {
    expect(run(failing, checks('OCCOCCO')).told).toEqual([])
  })
  it('a warning and a critical are both problems on the way to a hard one', () => {
    expect(run(failing, checks('OWCWO')).states).toBe('---1-')
  })
  it('one good check ends a hard problem', () => {
    expect(run(failing, checks('CCCCOC')).told).toEqual(['120 opened s1 atLeast', '240 cleared s1 recovered'])
  })
  it('a volatile service is a problem with its first check', () => {
    expect(run(watch([{ when: { above: 0 }, severity: 1 }]), checks('OCOC')).states).toBe('-1-1')
  })
  it('a hard problem changes from warning to critical', () => {
    const rules = watch([
      { when: { all: [{ equals: 2 }, { atLeast: 3, of: { count: { above: 0 }, over: 3 } }] }, severity: 1 },
      { when: { atLeast: 3, of: { count: { above: 0 }, over: 3 } }, severity: 3 },
    ])
    expect(run(rules, checks('OWWWCCO')).states).toBe('---311-')
  })
  it('a host that never changes is not flapping', () => {
    const rules = watch([{ when: { atLeast: 6, of: { changes: 21 }, until: 4 }, severity: 4 }])
    expect(run(rules, checks('O'.repeat(25))).told).toEqual([])
  })
  it('a state that alternates is flapping at its seventh check', () => {
    const rules = watch([{ when: { atLeast: 6, of: { changes: 21 }, until: 4 }, severity: 4 }])
    expect(run(rules, checks('OCOCOCOC')).told).toEqual(['360 opened s4 atLeast'])
  })
  it('flapping ends once the changes have left the last 21 checks', () => {
    const rules = watch([{ when: { atLeast: 6, of: { changes: 21 }, until: 4 }, severity: 4 }])
    const { told } = run(rules, checks(`OCOCOCO${'O'.repeat(20)}`))
    // The six changes are before the checks 1 to 6; three of them have left with the check 23.
    expect(told).toEqual(['360 opened s4 atLeast', `${22 * 60} cleared s4 recovered`])
  })
  it('a result older than the current one is rejected', () => {
    const rules = watch([{ when: { above: 0 }, severity: 1 }])
    const { told, states } = run(rules, [[20, 2], { ...sampleOf([15, 0]), receivedAt: 20_500 }])
    expect([told, states]).toEqual([['20 opened s1 above'], '11'])
  })
  it('a check that gives no result any more is told, as a freshness threshold does', () => {
    const rules = watch([{ when: { absentFor: '3m' }, severity: 2 }])
    expect(run(rules, checks('OO'), 600).told).toEqual(['240 opened s2 absent'])
  })
  it('a problem in a downtime is not told, and is when it lasts beyond it', () => {
    const rules = watch([{ when: { above: 0 }, severity: 1 }], {
      mute: [{ when: { during: { start: '1970-01-01T00:01:00Z', end: '1970-01-01T00:05:00Z' } } }],
    })
    const { told } = run(rules, checks('OOCCCCCC', 60), 480)
    expect(told).toEqual(['120 muted opened s1 above', '300 opened s1 above'])
  })
  it('a recovery in a downtime of a problem that was told before is told', () => {
    const rules = watch([{ when: { above: 0 }, severity: 1 }], {
      mute: [{ when: { during: { start: '1970-01-01T00:01:00Z', end: '1970-01-01T00:05:00Z' } } }],
    })
    expect(run(rules, checks('CCO')).told).toEqual(['0 opened s1 above', '120 cleared s1 recovered'])
  })
  it('a business process of two out of three is down with the second', () => {
    const rules = watch([{ when: { some: 2, members: { above: 0 } }, severity: 1 }], { by: ['app'] })
    const of = (second: number, host: string, value: number) => ({
      series: { key: `m|ST[app:x,host:${host}]`, metric: 'm', tags: { host, app: 'x' } },
      ...{ time: second * 1000, value },
    })
    const samples = [of(0, 'a', 0), of(1, 'b', 0), of(2, 'c', 0), of(3, 'a', 2), of(4, 'b', 2), of(5, 'a', 0)]
    expect(run(rules, samples).states).toBe('----1-')
  })
  it('a business process by per cent counts the members that there are', () => {
    const rules = watch([{ when: { some: '50%', members: { above: 0 } }, severity: 1 }], { by: ['app'] })
    const of = (second: number, host: string, value: number) => ({
      series: { key: `m|ST[app:x,host:${host}]`, metric: 'm', tags: { host, app: 'x' } },
      ...{ time: second * 1000, value },
    })
    expect(run(rules, [of(0, 'a', 2), of(1, 'b', 0), of(2, 'c', 0)]).states).toBe('11-')
  })
})
