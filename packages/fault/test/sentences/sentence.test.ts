import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultInput, type RuleSetInput, series } from '../../src/engine.ts'
import { at, recorded, watch } from '../engine/recorder.ts'

type Step = number | string | readonly [second: number, value: FaultInput['value'] | undefined]

/** What is said while `m` has these values, one a minute, or at that second; `undefined` only looks, after all that may be due. */
function said(set: RuleSetInput, ...steps: readonly Step[]): readonly string[] {
  const { engine, take, events } = recorded([set])
  for (const [index, step] of steps.entries()) {
    const [second, value] = typeof step === 'object' ? step : [index * 60, step]
    if (value === undefined) take(engine.advance(second * 1000))
    else take(engine.sample(at(second, value), second * 1000))
  }
  return events.map(({ text }) => text.replace(/^r, m: /, ''))
}

const one = (when: RuleSetInput['rules'][number]['when'], more: object = {}): RuleSetInput =>
  watch([{ when, severity: 1, ...more }])

/** What is said of the value 120 in a series, by a rule set of this name. */
function named(id: string, metric: string, tags: Record<string, string> = {}): string | undefined {
  const engine = createFaultEngine([
    { id, select: '__name:*', rules: [{ when: { above: 100 }, severity: 1 }] },
  ])
  const of = { key: 'k', metric, tags }
  return engine.sample({ series: of, time: 0, value: 120, kind: 'gauge' }, 0).events[0]?.text
}

describe('the sentence of an event', () => {
  it('says what it is about, each thing once and without the canonical name of the series', () => {
    expect(named('queue', 'queue', { shop: 'berlin' })).toBe('queue shop=berlin: 120 is above 100')
    expect(named('cpu', 'cpu.used')).toBe('cpu, cpu.used: 120 is above 100')
    expect(named('disk', 'disk', { mount: '/', host: 'a', ssd: '' })).toBe(
      'disk mount=/ host=a ssd: 120 is above 100',
    )
  })

  it('is one short line, whatever the names hold', () => {
    const text = named('queue', 'q\u2028x', { a: '1\r\nBcc: everybody\u202e', b: 'y'.repeat(400) })
    expect(text).toMatch(/^queue, q x a=1 Bcc: everybody  b=y+…: 120 is above 100$/)
    expect(text?.length).toBeLessThan(200)
  })

  it('says numbers and limits, and whether it is worse or better', () => {
    const set = watch([
      { when: { above: 95 }, severity: 1 },
      { when: { above: 80 }, severity: 3 },
      { when: { below: -1 }, severity: 2 },
    ])
    expect(said(set, 80.123456789, 97, 85, 3, -5)).toEqual([
      '80.1235 is above 80',
      'worse, 97 is above 95',
      'better, 85 is above 80',
      'cleared after 3m, 3 is not above 80',
      '-5 is below -1',
    ])
  })

  it('says as many digits as it takes not to contradict itself', () => {
    expect(said(one({ above: 80 }), 80.0000001, 80)).toEqual([
      '80.0000001 is above 80',
      'cleared after 1m, 80 is not above 80',
    ])
    expect(said(one({ notEquals: 0.3 }), 0.1 + 0.2, 0.3)).toEqual([
      '0.30000000000000004 is not 0.3',
      'cleared after 1m, 0.3 is 0.3',
    ])
    expect(said(one({ above: 80 }), Infinity)).toEqual(['infinity is above 80'])
  })

  it('says terms with the time behind them', () => {
    expect(said(one({ of: { average: '5m' }, notEquals: 0 }), 1, 3, -4)).toEqual([
      'average 1 over 1 sample is not 0',
      'cleared after 2m, average 0 over 2m is 0',
    ])
    expect(said(one({ of: { average: '1m' }, above: 95 }), [0, 97], [30, 97], [60, 60], [70, 60])).toEqual([
      'average 97 over 1 sample is above 95',
      'cleared after 1m, average 78.5 over 1m is not above 95',
    ])
    expect(said(one({ of: { count: { above: 5 }, over: 3 }, atLeast: 2 }), 6, 7, 1, 1)).toEqual([
      'count 2 of samples above 5 over 3 samples is at least 2',
      'cleared after 2m, count 1 of samples above 5 over 3 samples is not at least 2',
    ])
    expect(said(one({ of: { quantile: 0.99, over: '5m' }, atMost: 3 }), 2)).toEqual([
      'p99 about 2.0625 over 1 sample is at most 3',
    ])
    expect(said(one({ of: { forecast: '1h', over: '5m' }, above: 20 }), 1, 2)).toEqual([
      'forecast 62 in 1h over 1m is above 20',
    ])
  })

  it('says how far a value has come back', () => {
    expect(said(one({ above: 80, until: 75 }), 81, 77, 74)).toEqual([
      '81 is above 80',
      'cleared after 2m, 74 is back to 75',
    ])
    expect(said(one({ atMost: 10, until: 15 }), 10, 15)).toEqual([
      '10 is at most 10',
      'cleared after 1m, 15 is back to 15',
    ])
    const both = watch([
      { when: { above: 85 }, severity: 2 },
      { when: { above: 80, until: 75 }, severity: 2 },
      { when: { above: 70 }, severity: 3, for: '90s' },
    ])
    expect(said(both, 90, 77, 72)).toEqual([
      '90 is above 85',
      'now 77 is not back to 75, before 90 was above 85',
      'better, 72 is above 70',
    ])
  })

  it('says which condition ended it, where there is one of its own', () => {
    expect(said(one({ above: 80 }, { clear: { below: 30 } }), 81, 50, 29)).toEqual([
      '81 is above 80',
      'cleared after 2m, 29 is below 30',
    ])
  })

  it('says how long it had to be so', () => {
    expect(said(one({ above: 80 }, { for: '2m' }), 81, 82, 83, 84)).toEqual(['83 is above 80, held for 2m'])
    expect(said(one({ absentFor: '1m' }, { for: '30s' }), [0, 1], [120, undefined])).toEqual([
      'no sample for 1m 30s, held for 30s',
    ])
  })

  it('says of several conditions the first, and how many more', () => {
    const both = one({ all: [{ above: 80 }, { of: { changes: 3 }, atLeast: 1 }, { not: { below: 5 } }] })
    expect(said(both, 1, 90, 90, 90)).toEqual([
      '90 is above 80, and 2 more',
      'cleared after 2m, number of changes 0 over 3 samples is not at least 1',
    ])
    expect(said(one({ not: { above: 80 } }), 3, 90)).toEqual([
      '3 is not above 80',
      'cleared after 1m, 90 is above 80',
    ])
    expect(said(one({ any: [{ absentFor: '1m' }, { above: 80 }] }), [0, 90], [10, 3])).toEqual([
      '90 is above 80',
      'cleared after 10s, 3 is not above 80',
    ])
  })

  it('says texts in quotes', () => {
    const set = watch([
      { when: { equals: 'a "b"' }, severity: 1 },
      { when: { contains: 'c' }, severity: 2 },
      { when: { notMatches: '^d' }, severity: 3 },
      { when: { notContains: 'x' }, severity: 4 },
    ])
    expect(said(set, 'a "b"', 'cc', 'e', 'd', 'dx')).toEqual([
      '"a \\"b\\"" is "a \\"b\\""',
      'better, "cc" contains "c"',
      'better, "e" does not match /^d/',
      'better, "d" does not contain "x"',
      'cleared after 4m, "dx" contains "x"',
    ])
    const long = 'y'.repeat(100)
    expect(said(one({ notEquals: `${long}1` }), `${long}2`)).toEqual([`the text is not "${'y'.repeat(40)}…"`])
    expect(said(one({ equals: 'a\u202eb' }), 'a\u202eb')).toEqual(['"a\\u202eb" is "a\\u202eb"'])
  })

  it('says silence and change', () => {
    expect(said(one({ absentFor: '90s' }), 1, [120, undefined], [180, 1])).toEqual([
      'no sample for 1m 30s',
      'cleared after 1m 30s, samples come again',
    ])
    expect(said(one({ changed: true }), '6.1', '6.2', '6.2')).toEqual([
      '"6.2" is new',
      'cleared after 1m, "6.2" is the same as before',
    ])
    const job = one({ missedDuring: { from: '00:02', until: '00:03' } })
    expect(said(job, [60, 1], [200, undefined], [240, 1])).toEqual([
      'no sample between 00:02 and 00:03 UTC',
      'cleared after 1m, samples come again',
    ])
  })

  it('says what was so before, where the reason is another', () => {
    const set = watch([
      { when: { absentFor: '2m' }, severity: 1 },
      { when: { above: 95 }, severity: 1 },
      { when: { above: 50 }, severity: 1, keep: '5m' },
    ])
    expect(said(set, [0, 97], [140, undefined], [150, 98], [160, 20])).toEqual([
      '97 is above 95',
      'now no sample for 2m, before 97 was above 95',
      'now 98 is above 95, before no sample came',
      'now rule 3 (above 50) has not ended yet, before 98 was above 95',
    ])
  })

  it('says that something is unknown, where that counts', () => {
    const set = { ...one({ of: { average: '5m' }, above: 80 }), unknown: 'fire' as const }
    expect(said(set, NaN, 3, [400, 5])).toEqual([
      'average over 1 sample is unknown',
      'cleared after 6m 40s, average 5 over 1 sample is not above 80',
    ])
    const clear = { ...one({ above: 80 }), unknown: 'clear' as const }
    expect(said(clear, 90, NaN, 90, 'x')).toEqual([
      '90 is above 80',
      'cleared after 1m, the value is unknown',
      '90 is above 80',
      'cleared after 1m, "x" is no number',
    ])
  })

  it('counts the members of a group', () => {
    const set: RuleSetInput = {
      id: 'r',
      select: '__name:m',
      by: ['dc'],
      rules: [{ when: { some: '50%', members: { above: 80 } }, severity: 1 }],
    }
    const { sample, events } = recorded([set])
    const send = (second: number, host: string, value: number): void =>
      sample(at(second, value, { series: series('m', { host, dc: 'x' }) }))
    send(0, 'a', 1)
    send(1, 'b', 90)
    send(2, 'c', 90)
    send(3, 'b', 3)
    expect(events.map(({ text }) => text)).toEqual([
      'r, m dc=x: 1 of 2 members above 80, 1 needed',
      'r, m dc=x: cleared after 2s, 1 of 3 members above 80, 2 needed',
    ])
  })

  it('says how long a muted fault is held back, and how long it was open when it is told', () => {
    const set = {
      ...one({ above: 80 }),
      mute: [{ when: { during: { from: '00:00', until: '00:05' } } }],
    }
    expect(said(set, 81, [400, undefined])).toEqual([
      'muted until 00:05 UTC, 81 is above 80',
      '81 is above 80, open for 5m',
    ])
    expect(said(set, 81, 3)).toEqual([
      'muted until 00:05 UTC, 81 is above 80',
      'muted until 00:05 UTC, cleared after 1m, 3 is not above 80',
    ])
  })

  it('says how a fault ends that no sample ends', () => {
    const brief = { ...one({ above: 80 }), forgetAfter: '2m' as const }
    expect(said(brief, 81, [140, undefined])[1]).toBe('cleared after 2m, no sample for 2m, forgotten')
    const { engine, events, take } = recorded([one({ above: 80 })])
    take(engine.sample(at(0, 90), 0))
    take(engine.sample(at(30, 0, { kind: 'stale' }), 30_000))
    take(engine.sample(at(60, 90), 60_000))
    take(engine.setRuleSets([], 70_000))
    take(engine.advance(70_000))
    expect(events.map(({ text }) => text.slice(6))).toEqual([
      '90 is above 80',
      'cleared after 30s, its source reports it no longer',
      '90 is above 80',
      'cleared after 10s, its rule set watches it no longer',
    ])
  })

  it('says that a rule was edited, and what is so by the new one', () => {
    const { engine, events, take } = recorded([one({ above: 80 })])
    take(engine.sample(at(0, 90), 0))
    take(engine.setRuleSets([one({ above: 95 }) as never], 10_000))
    take(engine.advance(10_000))
    expect(events.map(({ text }) => text.slice(6))).toEqual([
      '90 is above 80',
      'cleared after 10s, 90 is not above 95',
    ])
  })

  it('says what is with a source as a whole', () => {
    const { engine, events, take } = recorded([one({ absentFor: '60s' })])
    const send = (second: number): void => {
      for (const host of ['a', 'b', 'c'])
        take(
          engine.sample(
            at(second, 1, { series: series('m', { host }), source: 'collector-1' }),
            second * 1000,
          ),
        )
    }
    send(0)
    send(10)
    take(engine.advance(100_000))
    send(120)
    expect(events.map(({ text }) => text)).toEqual([
      'tocsin.source source=collector-1: nothing from collector-1 for 1m, 3 series held',
      'tocsin.source source=collector-1: cleared after 50s, collector-1 sends again, 3 series were held',
    ])
  })

  it('says that there was no room', () => {
    const { engine, events, take } = recorded([one({ above: 80 })], { maxInstances: 1 })
    for (const host of ['a', 'b'])
      take(engine.sample(at(0, 1, { series: series('m', { host }), source: 's' }), 0))
    take(engine.advance(300_000))
    expect(events.map(({ text }) => text)).toEqual([
      'tocsin.refused source=s: no room for more series of s',
      'tocsin.refused source=s: cleared after 5m, nothing was refused for 5m',
    ])
  })

  it('says normal with the value', () => {
    const { engine, events, take } = recorded([one({ above: 80 })])
    take(engine.restore(undefined, 0))
    take(engine.sample(at(0, 3), 0))
    expect(events.map(({ text }) => text)).toEqual(['r, m: normal at 3'])
  })
})
