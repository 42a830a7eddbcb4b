import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultEngine } from '../../src/engine.ts'
import { type FaultChange, type FaultInput, type RuleSet, ruleSet, series } from '../../src/index.ts'

const cpu = series('cpu.used', { host: 'web-1' })
const high = ruleSet('cpu').select('__name:cpu.used').above(95, 1).above(80, 3).build()
const silent = ruleSet('seen').select('__name:cpu.used').absentFor('60s', 2).build()

const engineOf = (ruleSets: readonly RuleSet[], maxInstances = 100): FaultEngine =>
  createFaultEngine(ruleSets, { staleAfterMs: 10_000, maxFutureMs: 10_000, maxInstances })

const at = (time: number, value: FaultInput['value'], more: Partial<FaultInput> = {}): FaultInput => ({
  series: cpu,
  time,
  value,
  kind: 'gauge',
  ...more,
})

const told = (engine: FaultEngine, ...samples: readonly FaultInput[]): string[] =>
  samples
    .flatMap((sample) => engine.sample(sample, sample.time).events)
    .map((event) => (event.type === 'normal' ? event.type : `${event.type} ${event.severity}`))

describe('the sample that decided', () => {
  it('is in its events, the very object that came in, and in no others', () => {
    const engine = engineOf([high, silent])
    engine.restore(undefined, 0)
    const good = at(0, 1)
    const worse = at(1, 96)
    const better = at(2, 90)
    const events = [good, worse, better].flatMap((sample) => engine.sample(sample, sample.time).events)
    expect(events.map(({ type, ruleSet, sample }) => [type, ruleSet, sample])).toEqual([
      ['normal', 'cpu', good],
      ['normal', 'seen', good],
      ['opened', 'cpu', worse],
      ['severity', 'cpu', better],
    ])
    expect(events.every(({ sample }, index) => sample === [good, good, worse, better][index])).toBe(true)
    // The silence is told in the same call as what the late sample decides, and before it.
    const late = at(70_000, 1)
    const told = engine.sample(late, 70_000).events
    expect(told.map(({ type, ruleSet, sample }) => [type, ruleSet, sample])).toEqual([
      ['opened', 'seen', undefined],
      ['cleared', 'cpu', late],
      ['cleared', 'seen', late],
    ])
    expect(told[0]).not.toHaveProperty('sample')
  })

  it('is not in the event that a removed rule set leaves', () => {
    const opened = engineOf([high]).sample(at(0, 99), 0).events as FaultChange[]
    const [removed] = engineOf([silent]).restore(opened, 1).events
    expect(removed).toMatchObject({ type: 'cleared', cause: { reason: 'removed' } })
    expect(removed).not.toHaveProperty('sample')
  })

  it('is not kept by the engine after the call', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const average = ruleSet('average').select('*').average('5m').above(80, 1).build()
    const engine = engineOf([high, silent, average])
    engine.restore(undefined, 0)
    // What is wrong with a sample is remembered too, but not the sample; the series is.
    const given = [1, 96, NaN, 'text', 1].map((value, index) => [index, value] as const)
    const seen = given.map(([time, value]) => {
      const sample = at(time, value)
      engine.sample(sample, time)
      return new WeakRef(sample)
    })
    // What a WeakRef was made of lives until the turn ends.
    await new Promise(setImmediate)
    collect()
    expect(seen.map((sample) => sample.deref())).toEqual(seen.map(() => undefined))
    expect(engine.nextDue()).toBeLessThan(Infinity)
  })
})

describe('an average', () => {
  it('of equal values is not above that value', () => {
    const engine = engineOf([ruleSet('w').select('*').average('5m').above(0.1, 1).build()])
    const samples = Array.from({ length: 12 }, (_, index) => at(index * 10_000, 0.1))
    expect(told(engine, ...samples)).toEqual([])
  })
})

describe('ordered rules', () => {
  it('let the first violated one decide', () => {
    const engine = engineOf([high])
    expect(told(engine, at(0, 81), at(1, 96), at(2, 85), at(3, 80))).toEqual([
      'opened 3',
      'severity 1',
      'severity 3',
      'cleared 3',
    ])
  })

  it('carry the facts in the cause, and ids that name fault and event', () => {
    const engine = engineOf([high])
    const sample = at(5, 97)
    expect(engine.sample(sample, 5).events).toEqual([
      {
        sample,
        type: 'opened',
        id: 'cpu|cpu.used|ST[host:web-1]|5|0',
        fault: 'cpu|cpu.used|ST[host:web-1]|5',
        ruleSet: 'cpu',
        series: cpu,
        severity: 1,
        openedAt: 5,
        time: 5,
        text: 'cpu, cpu.used host=web-1: 97 is above 95',
        cause: {
          reason: 'above',
          rule: 0,
          criterion: { above: 95 },
          value: 97,
          threshold: 95,
          sampleTime: 5,
        },
      },
    ])
    expect(engine.sample(at(9, 10), 9).events).toMatchObject([
      {
        type: 'cleared',
        id: 'cpu|cpu.used|ST[host:web-1]|5|1',
        severity: 1,
        cause: { reason: 'recovered', rule: 0, criterion: { above: 95 }, value: 10, sampleTime: 9 },
      },
    ])
  })

  it('keep each series apart, and leave alone what no rule set selects', () => {
    const engine = engineOf([high])
    const other = series('cpu.used', { host: 'web-2' })
    expect(told(engine, at(0, 97), at(0, 97, { series: other }), at(1, 0))).toEqual([
      'opened 1',
      'opened 1',
      'cleared 1',
    ])
    expect(engine.sample(at(2, NaN, { series: series('disk') }), 2)).toEqual({ events: [], problems: [] })
  })

  it('name a fault apart from one that cleared in the same millisecond', () => {
    const engine = engineOf([high])
    const events = [97, 1, 97, 1].flatMap((value) => engine.sample(at(7, value), 7).events)
    expect(events.map(({ time }) => time)).toEqual([7, 7, 8, 8])
    expect(new Set(events.map(({ id }) => id)).size).toBe(4)
  })

  it('cut long texts in the cause', () => {
    const engine = engineOf([ruleSet('log').select('*').contains('x', 1).build()])
    const [event] = engine.sample(at(0, 'x'.repeat(5000), { kind: 'text' }), 0).events
    expect(event?.cause.value).toHaveLength(1024)
  })
})

describe('each criterion', () => {
  it.each([
    ['above', ruleSet('r').select('*').above(5, 1).build(), 5, 5.1],
    ['below', ruleSet('r').select('*').below(5, 1).build(), 5, 4.9],
    ['equals a number', ruleSet('r').select('*').equals(5, 1).build(), 6, 5],
    ['equals a text', ruleSet('r').select('*').equals('down', 1).build(), 'up', 'down'],
    ['notEquals a number', ruleSet('r').select('*').notEquals(5, 1).build(), 5, 6],
    ['notEquals a text', ruleSet('r').select('*').notEquals('up', 1).build(), 'up', ''],
    ['matches', ruleSet('r').select('*').matches('^err\\p{L}r', 1).build(), 'no error', 'error: disk'],
    ['notMatches', ruleSet('r').select('*').notMatches('^ok', 1).build(), 'ok then', 'not ok'],
    ['contains', ruleSet('r').select('*').contains('fail', 1).build(), 'fine', 'it failed'],
    ['notContains', ruleSet('r').select('*').notContains('ok', 1).build(), 'ok', 'fine'],
    ['changed', ruleSet('r').select('*').changed(1).build(), 'a', 'b'],
  ])('%s opens and clears', (_, set, good, bad) => {
    const engine = engineOf([set])
    const back = set.rules[0] !== undefined && 'changed' in set.rules[0].when ? bad : good
    expect(told(engine, at(0, good), at(1, bad), at(2, back))).toEqual(['opened 1', 'cleared 1'])
  })
})

describe('what tells nothing', () => {
  it('neither opens nor clears, and is told once per run with a count', () => {
    const engine = engineOf([high])
    expect(told(engine, at(0, 97))).toEqual(['opened 1'])
    const problems = [NaN, 'text', Infinity, -Infinity, { bins: [] }, 20, 20].map((value, index) => {
      const { events, problems } = engine.sample(at(index + 1, value), index + 1)
      return [events.length, ...problems.map(({ reason, count }) => `${reason} ${count}`)]
    })
    expect(problems).toEqual([
      [0, 'not-finite 1'],
      [0, 'wrong-type 1'],
      [0],
      [0],
      [0],
      [1, 'not-finite 2', 'wrong-type 1'],
      [0],
    ])
  })

  it('still shows that the series lives', () => {
    const engine = engineOf([silent])
    expect(told(engine, at(0, 1), at(50_000, NaN), at(100_000, NaN))).toEqual([])
    expect(engine.advance(160_000).events).toMatchObject([{ type: 'opened', time: 160_000 }])
  })

  it('is a sample of kind stale, which does not show that the series lives', () => {
    const engine = engineOf([silent])
    told(engine, at(0, 1), at(50_000, 1, { kind: 'stale' }))
    expect(engine.advance(60_000).events).toHaveLength(1)
  })

  it('is a time that is no number', () => {
    const engine = engineOf([high, silent])
    const { events, problems } = engine.sample(at(NaN, 97), 1000)
    expect([events, problems.map(({ reason }) => reason), engine.nextDue()]).toEqual([
      [],
      ['bad-time'],
      Infinity,
    ])
  })

  it('is a window that is not filled far enough yet', () => {
    const engine = engineOf([ruleSet('w').select('*').average('60s', '30s').above(10, 1).build()])
    expect(told(engine, at(0, 99), at(29_999, 99))).toEqual([])
    expect(engine.sample(at(30_000, 12), 30_000).events).toMatchObject([
      { cause: { value: 70, window: { average: 70, count: 3, filledMs: 30_000 } } },
    ])
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
    const engine = engineOf([high])
    const more = arrivedAfterMs === undefined ? {} : { receivedAt: 1000 + arrivedAfterMs }
    expect(engine.sample(at(1000, 99, more), 1000 + ageMs).events).toHaveLength(opened)
  })

  it('pages nobody in a backlog, ends no silence, and is counted', () => {
    const engine = engineOf([high, silent])
    told(engine, at(0, 1))
    const reasons: string[] = []
    for (let time = 1000; time < 600_000; time += 1000) {
      const { events, problems } = engine.sample(at(time, 99), 700_000)
      reasons.push(...events.map(({ ruleSet }) => ruleSet), ...problems.map(({ reason }) => reason))
    }
    expect(reasons).toEqual(['seen', 'stale'])
    const { events, problems } = engine.sample(at(700_000, 1), 700_000)
    expect(events.map(({ type, ruleSet }) => `${type} ${ruleSet}`)).toEqual(['cleared seen'])
    expect(problems.map(({ reason, count }) => [reason, count])).toEqual([['stale', 598]])
  })

  it('does not arm an absence', () => {
    const engine = engineOf([silent])
    engine.sample(at(0, 1), 20_000)
    expect(engine.nextDue()).toBe(Infinity)
  })
})

describe('a sample from the future', () => {
  it('is judged at its time up to the limit', () => {
    const { events, problems } = engineOf([high]).sample(at(11_000, 99), 1000)
    expect([events[0]?.time, problems]).toEqual([11_000, []])
  })

  it('is judged as of now beyond it, so that it does not shut out the present', () => {
    const engine = engineOf([high])
    const { events, problems } = engine.sample(at(7_200_000, 99), 1000)
    expect([events[0]?.time, problems.map(({ reason }) => reason)]).toEqual([1000, ['future']])
    expect(engine.sample(at(2000, 1), 2000).events).toMatchObject([{ type: 'cleared', time: 2000 }])
  })

  it('does not shut out the present after the clock was set back', () => {
    const engine = engineOf([high, ruleSet('mean').select('*').average('5m').above(95, 1).build(), silent])
    engine.sample(at(7_200_000, 99), 7_200_000)
    const { events } = engine.sample(at(1000, 1), 1000)
    expect(events.map(({ type, time }) => [type, time])).toEqual([
      ['cleared', 7_200_000],
      ['cleared', 7_200_000],
    ])
    expect(engine.nextDue()).toBe(61_000)
  })
})

describe('a sample out of order', () => {
  it('does not move the state back', () => {
    const engine = engineOf([high])
    told(engine, at(5000, 1))
    expect(engine.sample(at(4000, 99), 5000).events).toEqual([])
  })

  it('fills the window', () => {
    const engine = engineOf([ruleSet('w').select('*').average('60s').above(10, 1).build()])
    expect(told(engine, at(5000, 9))).toEqual([])
    expect(engine.sample(at(4000, 99), 5000).events).toEqual([])
    expect(engine.sample(at(6000, 9), 6000).events).toMatchObject([{ cause: { value: 39 } }])
  })
})

describe('an absence', () => {
  it('is told with the time at which it was due, before later input', () => {
    const engine = engineOf([silent, high])
    told(engine, at(1000, 1))
    const other = at(500_000, 99, { series: series('cpu.used', { host: 'web-2' }) })
    expect(engine.sample(other, 500_000).events.map(({ ruleSet, time }) => [ruleSet, time])).toEqual([
      ['seen', 61_000],
      ['cpu', 500_000],
    ])
  })

  it('names the last sample, and its duration in ms', () => {
    const engine = engineOf([silent])
    told(engine, at(1000, 1))
    expect(engine.advance(60_999).events).toEqual([])
    expect(engine.advance(61_000).events[0]?.cause).toEqual({
      reason: 'absent',
      rule: 0,
      criterion: { absentFor: '60s' },
      threshold: 60_000,
      sampleTime: 1000,
    })
  })

  it('is not told for a series that was never seen', () => {
    const engine = engineOf([silent])
    expect([engine.nextDue(), engine.advance(1e12).events]).toEqual([Infinity, []])
  })

  it('grows worse with time, the longest first in the rules', () => {
    const engine = engineOf([ruleSet('s').select('*').absentFor('5m', 1).absentFor('1m', 4).build()])
    told(engine, at(0, 1))
    expect(engine.advance(1e9).events).toMatchObject([
      { type: 'opened', severity: 4, time: 60_000 },
      { type: 'severity', severity: 1, time: 300_000 },
    ])
    expect(told(engine, at(2e9, 1))).toEqual(['cleared 1'])
  })

  it('does not hide a rule before it that the last value violated', () => {
    const engine = engineOf([ruleSet('s').select('*').above(90, 1).absentFor('1m', 2).above(80, 3).build()])
    expect(told(engine, at(0, 95))).toEqual(['opened 1'])
    expect(engine.advance(60_000).events).toEqual([])
    expect(told(engine, at(70_000, 85))).toEqual(['severity 3'])
    expect(engine.advance(130_000).events).toMatchObject([{ severity: 2, previousSeverity: 3 }])
    expect(told(engine, at(140_000, 85))).toEqual(['severity 3'])
  })

  it('ends by a sample that was taken before it was told but came later, at the time of the telling', () => {
    const engine = engineOf([silent])
    told(engine, at(0, 1))
    const { events } = engine.sample(at(58_000, 1), 61_000)
    expect(events.map(({ type, time }) => [type, time])).toEqual([
      ['opened', 60_000],
      ['cleared', 60_000],
    ])
  })
})

describe('the bound on series', () => {
  it('counts samples of further series, judges none, and tells the 1st, 10th, 100th', () => {
    const engine = engineOf([high, silent], 3)
    told(engine, at(0, 1))
    const counts: number[] = []
    for (let index = 0; index < 150; index += 1) {
      const sample = at(0, 99, { series: series('cpu.used', { host: `other-${index}` }) })
      const { events, problems } = engine.sample(sample, 0)
      expect(events).toEqual([])
      counts.push(...problems.map(({ count }) => count))
    }
    expect(counts).toEqual([1, 9, 90])
    expect(told(engine, at(1, 99))).toEqual(['opened 1'])
  })

  it('is not used up by series that no rule set selects', () => {
    const engine = engineOf([high], 2)
    for (let index = 0; index < 100; index += 1)
      told(engine, at(index, 99, { series: series(`other-${index}`) }))
    expect(told(engine, at(0, 99), at(0, 99, { series: series('other-0') }))).toEqual(['opened 1'])
  })
})

it('what is no sample of a series is a problem, and the next sample is judged', () => {
  const engine = engineOf([high])
  const bad: unknown[] = [undefined, null, 'text', {}, { series: null }, { series: { key: 'cpu.used' } }]
  const problems = bad.flatMap((value) => engine.sample(value as FaultInput, 0).problems)
  expect(problems).toEqual([
    {
      reason: 'bad-series',
      message: 'a sample had no series with key, metric and tags, and judged nothing',
      count: 1,
    },
  ])
  expect(told(engine, at(0, 96))).toHaveLength(1)
})
