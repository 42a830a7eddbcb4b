import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { describe, expect, it } from 'vitest'

import { createFaultEngine, defaultFaultEngineOptions, type FaultInput, series } from '../../src/engine.ts'
import { at, m, recorded, watch } from './recorder.ts'

const high = watch([
  { when: { above: 95 }, severity: 1 },
  { when: { above: 80 }, severity: 3 },
])
const silent = watch([{ when: { absentFor: '60s' }, severity: 2 }], { id: 'seen' })

describe('the sample that decided', () => {
  it('is in its events, the very object that came in, and in no others', () => {
    const engine = createFaultEngine([high, silent])
    engine.restore(undefined, 0)
    const [good, worse, better] = [at(0, 1), at(1, 96), at(2, 90)]
    const events = [good, worse, better].flatMap((sample) => engine.sample(sample, sample.time).events)
    expect(events.map(({ type, ruleSet, sample }) => [type, ruleSet, sample])).toEqual([
      ['normal', 'r', good],
      ['normal', 'seen', good],
      ['opened', 'r', worse],
      ['severity', 'r', better],
    ])
    expect(events.every(({ sample }, index) => sample === [good, good, worse, better][index])).toBe(true)
    // The silence is told in the same call as what the late sample decides, and before it.
    const late = at(100, 1)
    const told = engine.sample(late, 100_000).events
    expect(told.map(({ type, ruleSet, sample }) => [type, ruleSet, sample])).toEqual([
      ['opened', 'seen', undefined],
      ['cleared', 'r', late],
      ['cleared', 'seen', late],
    ])
    expect(told[0]).not.toHaveProperty('sample')
  })

  it('is not kept by the engine after the call', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const average = watch([{ when: { of: { average: '5m' }, above: 80 }, severity: 1 }], { id: 'average' })
    const engine = createFaultEngine([high, silent, average])
    engine.restore(undefined, 0)
    // What is wrong with a sample is remembered too, but not the sample; the series is.
    const given = [1, 96, NaN, 'text', 1].map((value, index) => [index, value] as const)
    const seen = given.map(([second, value]) => {
      const sample = at(second, value)
      engine.sample(sample, sample.time)
      return new WeakRef(sample)
    })
    // What a WeakRef was made of lives until the turn ends.
    await new Promise(setImmediate)
    collect()
    expect(seen.map((sample) => sample.deref())).toEqual(seen.map(() => undefined))
    expect(engine.nextDue()).toBeLessThan(Infinity)
  })
})

describe('ordered rules', () => {
  it('let the first violated one decide', () => {
    const { sample, told } = recorded([high])
    for (const [second, value] of [81, 96, 85, 80].entries()) sample(at(second, value))
    expect(told).toEqual([
      '0 opened s3 above',
      '1 severity s1 above',
      '2 severity s3 above',
      '3 cleared s3 recovered',
    ])
  })

  it('let the worst decide where the rule set says so', () => {
    const rules = [
      { when: { above: 80 }, severity: 3 },
      { when: { above: 95 }, severity: 1 },
    ] as const
    const first = recorded([watch(rules)])
    const worst = recorded([watch(rules, { decide: 'worst' })])
    for (const one of [first, worst])
      for (const [second, value] of [96, 81].entries()) one.sample(at(second, value))
    expect(first.told).toEqual(['0 opened s3 above'])
    expect(worst.told).toEqual(['0 opened s1 above', '1 severity s3 above'])
  })

  it('tell another reason where another rule of the same severity decides', () => {
    const { sample, told } = recorded([
      watch([
        { when: { above: 80 }, severity: 2 },
        { when: { below: 20 }, severity: 2 },
      ]),
    ])
    for (const [second, value] of [90, 10, 90].entries()) sample(at(second, value))
    expect(told).toEqual(['0 opened s2 above', '1 reason s2 below', '2 reason s2 above'])
  })

  it('carry the facts in the cause, and ids that name fault and event', () => {
    const { sample, events } = recorded([
      watch([{ when: { above: 95 }, severity: 1, for: '5s', wait: '1m' }], { info: { team: 'web' } }),
    ])
    sample(at(5, 97))
    sample(at(10, 98))
    sample(at(11, 10))
    expect(events).toMatchObject([
      {
        type: 'opened',
        id: 'r|m|10000|0',
        fault: 'r|m|10000',
        ruleSet: 'r',
        series: m,
        severity: 1,
        openedAt: 10_000,
        time: 10_000,
        waitMs: 60_000,
        info: { team: 'web' },
        cause: {
          reason: 'above',
          rule: 0,
          condition: { above: 95 },
          value: 98,
          threshold: 95,
          sampleTime: 10_000,
          since: 5000,
          forMs: 5000,
        },
      },
      {
        type: 'cleared',
        id: 'r|m|10000|1',
        severity: 1,
        cause: { reason: 'recovered', rule: 0, condition: { above: 95 }, value: 10, sampleTime: 11_000 },
      },
    ])
  })

  it('keep each series apart, and leave alone what no rule set selects', () => {
    const { sample, told, problems } = recorded([high])
    sample(at(0, 97))
    sample(at(0, 97, { series: series('m', { host: 'b' }) }))
    sample(at(1, 0))
    sample(at(2, NaN, { series: series('disk') }))
    expect(told).toEqual(['0 opened s1 above', '0 opened s1 above', '1 cleared s1 recovered'])
    expect(problems).toEqual([])
  })

  it('name a fault apart from one that cleared in the same millisecond', () => {
    const { sample, events } = recorded([high])
    for (const [index, value] of [97, 1, 97, 1].entries()) sample(at(7, value, { source: `${index}` }))
    expect(events.map(({ time }) => time)).toEqual([7000, 7000, 7001, 7001])
    expect(new Set(events.map(({ id }) => id)).size).toBe(4)
  })

  it('cut long texts in the cause', () => {
    const { sample, events } = recorded([watch([{ when: { contains: 'x' }, severity: 1 }])])
    sample(at(0, 'x'.repeat(5000)))
    expect(events[0]?.cause.value).toHaveLength(1024)
  })
})

describe('what tells nothing', () => {
  it('neither opens nor clears, and is told once per run with a count', () => {
    const { engine } = recorded([high])
    engine.sample(at(0, 97), 0)
    const told = [NaN, 'text', NaN, { bins: [] }, 20, 20].map((value, index) => {
      const { events, problems } = engine.sample(at(index + 1, value), (index + 1) * 1000)
      return [events.length, ...problems.map(({ reason, count }) => `${reason} ${count}`)]
    })
    expect(told).toEqual([
      [0, 'not-finite 1'],
      [0, 'wrong-type 1'],
      [0],
      [0],
      [1, 'not-finite 1', 'wrong-type 1'],
      [0],
    ])
  })

  it('still shows that the series lives', () => {
    const { sample, advance, told } = recorded([silent])
    sample(at(0, 1))
    sample(at(50, NaN))
    sample(at(100, NaN))
    advance(200)
    expect(told).toEqual(['160 opened s2 absent'])
  })

  it('is a time that is no number', () => {
    const { sample, problems, told, engine } = recorded([high, silent])
    sample(at(NaN, 97), 1)
    engine.advance(3600_000)
    expect([told, problems.map(({ reason }) => reason)]).toEqual([[], ['bad-time']])
  })

  it('is no sample of a series, after which the next is judged', () => {
    const { engine, sample, told } = recorded([high])
    const bad: unknown[] = [undefined, null, 'text', {}, { series: null }, { series: { key: 'm' } }]
    const problems = bad.flatMap((value) => engine.sample(value as FaultInput, 0).problems)
    expect(problems).toMatchObject([{ reason: 'bad-series', count: 1 }])
    sample(at(0, 96))
    expect(told).toHaveLength(1)
  })
})

describe('a stale sample', () => {
  it.each([
    ['10 s old', 10_000, undefined, 1],
    ['older', 10_001, undefined, 0],
    ['that arrived in time but is delivered late', 3_600_000, 5, 0],
    ['delivered at once but arrived late', 0, 10_001, 0],
    ['with an arrival time that is no number', 0, NaN, 1],
  ])('is one %s', (_, ageMs, arrivedAfterMs, opened) => {
    const more = arrivedAfterMs === undefined ? {} : { receivedAt: 1000 + arrivedAfterMs }
    expect(createFaultEngine([high]).sample(at(1, 99, more), 1000 + ageMs).events).toHaveLength(opened)
  })

  it('pages nobody in a backlog, ends no silence, and is counted', () => {
    const { sample, told, problems } = recorded([high, silent])
    sample(at(0, 1))
    for (let second = 1; second < 600; second += 1) sample(at(second, 99), 700)
    expect([told, problems.map(({ reason }) => reason)]).toEqual([['60 opened s2 absent'], ['stale']])
    sample(at(700, 1), 700)
    expect(told.slice(1)).toEqual(['700 cleared s2 recovered'])
    expect(problems.slice(1)).toMatchObject([{ reason: 'stale', count: 598 }])
  })

  it('arms no absence, and begins no watch', () => {
    const { sample, advance, told, engine } = recorded([
      silent,
      watch([{ when: { missedDuring: { from: '01:00', until: '02:00' } }, severity: 1 }], { id: 'job' }),
    ])
    sample(at(0, 1), 20)
    advance(10 * 3600)
    expect(told).toEqual([])
    // It is forgotten as what came.
    advance(100 * 86_400)
    expect(engine.stats).toMatchObject({ series: 0, instances: 0 })
  })
})

describe('a sample from the future', () => {
  it('is judged at its time up to the limit', () => {
    const { sample, told, problems } = recorded([high])
    sample(at(11, 99), 1)
    expect([told, problems]).toEqual([['11 opened s1 above'], []])
  })

  it('is judged as of now beyond it, so that it does not shut out the present', () => {
    const { sample, told, problems } = recorded([high])
    sample(at(7200, 99), 1)
    sample(at(2, 1))
    expect(told).toEqual(['1 opened s1 above', '2 cleared s1 recovered'])
    expect(problems.map(({ reason }) => reason)).toEqual(['future'])
  })
})

describe('an absence', () => {
  it('is told with the time at which it was due, before later input', () => {
    const { sample, events } = recorded([silent, high])
    sample(at(1, 1))
    sample(at(500, 99, { series: series('m', { host: 'b' }) }))
    expect(events.map(({ ruleSet, time }) => [ruleSet, time])).toEqual([
      ['seen', 61_000],
      ['r', 500_000],
    ])
  })

  it('is not told for a series that was never seen', () => {
    const engine = createFaultEngine([silent])
    expect([engine.nextDue(), engine.advance(1e12).events]).toEqual([Infinity, []])
  })

  it('grows worse with time, the longest first in the rules', () => {
    const { sample, advance, told } = recorded([
      watch([
        { when: { absentFor: '5m' }, severity: 1 },
        { when: { absentFor: '1m' }, severity: 4 },
      ]),
    ])
    sample(at(0, 1))
    advance(1000)
    sample(at(2000, 1))
    expect(told).toEqual(['60 opened s4 absent', '300 severity s1 absent', '2000 cleared s1 recovered'])
  })

  it('is preferred to a rule before it that only the dead value violated, if it is as bad', () => {
    const { sample, advance, told } = recorded([
      watch([
        { when: { above: 90 }, severity: 1 },
        { when: { absentFor: '1m' }, severity: 2 },
        { when: { above: 80 }, severity: 2 },
      ]),
    ])
    sample(at(0, 95))
    advance(100)
    sample(at(110, 85))
    advance(200)
    sample(at(210, 1))
    expect(told).toEqual([
      '0 opened s1 above',
      '110 severity s2 above',
      '170 reason s2 absent',
      '210 cleared s2 recovered',
    ])
  })

  it('ends by a sample that was taken before it was told but came later', () => {
    const { sample, advance, told } = recorded([watch([{ when: { absentFor: '60s' }, severity: 2 }])], {
      staleAfterMs: 5000,
    })
    sample(at(0, 1))
    advance(65)
    sample(at(62, 1), 66)
    expect(told).toEqual(['60 opened s2 absent', '62 cleared s2 recovered'])
  })

  it('that a series has between each two samples is a problem, once', () => {
    const { sample, told, problems } = recorded([silent])
    for (let second = 0; second <= 900; second += 90) sample(at(second, 1))
    expect(told).toHaveLength(20)
    expect(problems).toMatchObject([
      { reason: 'absent-within-period', ruleSet: 'seen', series: 'm', count: 1 },
    ])
  })
})

describe('what holds', () => {
  it('by its clear is true since it is so again, where it was not', () => {
    const { sample, events } = recorded([
      watch([
        { when: { above: 95 }, severity: 1 },
        { when: { above: 80 }, clear: { below: 10 }, severity: 2 },
      ]),
    ])
    for (const [second, value] of [[0, 90], [10, 50], [20, 85], [30, 97], [40, 85]] as const) sample(at(second, value)) // prettier-ignore
    expect(events.map(({ cause }) => ('since' in cause ? cause.since : undefined))).toEqual([
      0, 30_000, 20_000,
    ])
  })

  it('fires between samples when its time has run out and nothing can contradict any more', () => {
    const { sample, advance, told, engine } = recorded([
      watch([{ when: { above: 80 }, severity: 2, for: '20s' }]),
    ])
    sample(at(0, 90))
    expect(engine.nextDue()).toBe(30_000)
    advance(29.999)
    expect(told).toEqual([])
    advance(30)
    expect(told).toEqual(['20 opened s2 above'])
  })

  it('fires before a later sample of its series, which ends it', () => {
    const { sample, told } = recorded([watch([{ when: { above: 80 }, severity: 2, for: '20s' }])])
    sample(at(0, 90))
    sample(at(21, 10))
    expect(told).toEqual(['20 opened s2 above', '21 cleared s2 recovered'])
  })

  it('does not fire where a sample came just in time', () => {
    const { sample, told } = recorded([watch([{ when: { above: 80 }, severity: 2, for: '20s' }])])
    sample(at(0, 90))
    sample(at(20, 10))
    expect(told).toEqual([])
  })

  it('keeps a fault open for a while', () => {
    const { sample, advance, told } = recorded([watch([{ when: { above: 80 }, severity: 2, keep: '20s' }])])
    sample(at(0, 90))
    sample(at(5, 10))
    sample(at(10, 90))
    sample(at(15, 10))
    advance(60)
    expect(told).toEqual(['0 opened s2 above', '35 cleared s2 recovered'])
  })

  it('ends by the condition to clear alone, where there is one', () => {
    const { sample, told } = recorded([watch([{ when: { above: 97 }, severity: 1, clear: { below: 90 } }])])
    for (const [second, value] of [98, 95, 91, 89].entries()) sample(at(second, value))
    expect(told).toEqual(['0 opened s1 above', '3 cleared s1 recovered'])
  })

  it('reads what is unknown as the rule set says', () => {
    const count = (unknown: 'hold' | 'clear' | 'fire'): string[] => {
      const { sample, told } = recorded([watch([{ when: { above: 80 }, severity: 1 }], { unknown })])
      for (const [second, value] of [NaN, 90, NaN, 10].entries()) sample(at(second, value))
      return told
    }
    expect(count('hold')).toEqual(['1 opened s1 above', '3 cleared s1 recovered'])
    expect(count('clear')).toEqual(['1 opened s1 above', '2 cleared s1 recovered'])
    expect(count('fire')).toEqual(['0 opened s1 unknown', '3 cleared s1 recovered'])
  })
})

describe('the engine', () => {
  it('has something due only while something can come of silence', () => {
    const engine = createFaultEngine([silent])
    expect(engine.nextDue()).toBe(Infinity)
    engine.sample(at(0, 1), 0)
    expect(engine.nextDue()).toBe(70_000)
    expect(engine.advance(70_000).events).toHaveLength(1)
    engine.advance(2 * 86_400_000)
    expect(engine.nextDue()).toBe(Infinity)
  })

  it('gives for a batch what it gives for each of its samples', () => {
    const samples = [81, 96, NaN, 85, 80].map((value, second) => at(second / 10, value))
    const engine = createFaultEngine([high])
    const single = samples.map((sample) => engine.sample(sample, 500))
    const { events, problems } = createFaultEngine([high]).batch(samples, 500)
    expect(events).toEqual(single.flatMap((output) => output.events))
    expect(problems).toEqual(single.flatMap((output) => output.problems))
    expect(problems.length).toBeGreaterThan(0)
  })

  it('tells at most 250 things a call, and says that there is more', () => {
    const engine = createFaultEngine([silent])
    for (let index = 0; index < 4000; index += 1) {
      engine.sample(at(0, 1, { series: series('m', { i: `${index}` }) }), 0)
    }
    // Those that are due are to be found, too.
    const first = engine.advance(100_000).events.length
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThanOrEqual(250)
    expect(engine.nextDue()).toBeLessThanOrEqual(100_000)
    // One sample is not made slow by what others are due.
    expect(engine.sample(at(100, 1), 100_000).events).toHaveLength(250)
    let left = 0
    for (let told = Infinity; told > 0; left += told) {
      told = engine.advance(100_000).events.length
      expect(told).toBeLessThanOrEqual(250)
    }
    expect(first + 250 + left).toBe(4000)
  })

  it('tells all that is left when asked at Infinity, and ends', () => {
    const engine = createFaultEngine([silent])
    engine.sample(at(0, 1), 0)
    expect(engine.advance(Infinity).events.map(({ time, cause }) => [time, cause.reason])).toEqual([
      [60_000, 'absent'],
      [86_400_000, 'gone'],
    ])
    expect(engine.advance(Infinity).events).toEqual([])
    expect(engine.nextDue()).toBe(Infinity)
  })

  it('refuses wrong rule sets and limits at the call, and has its defaults', () => {
    expect(() => createFaultEngine([{ ...high, select: 'and(' }])).toThrow(
      expect.objectContaining({ code: 'FAULT_BAD_RULESET', facts: { path: 'rulesets[0].select' } }),
    )
    const code = expect.objectContaining({ code: 'FAULT_BAD_OPTION' })
    expect(() => createFaultEngine([high], { maxInstances: 0 })).toThrow(code)
    expect(() => createFaultEngine([high], { scheduler: undefined } as object)).toThrow(code)
    expect(defaultFaultEngineOptions.staleAfterMs).toBe(10_000)
  })
})
