import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultEngine } from '../../src/engine.ts'
import { type FaultChange, type FaultInput, type RuleSet, ruleSet, series } from '../../src/index.ts'

const disk = series('disk')
const engineOf = (...ruleSets: readonly RuleSet[]): FaultEngine =>
  createFaultEngine(ruleSets, { staleAfterMs: 10_000, maxFutureMs: 10_000, maxInstances: 1 })
const at = (time: number, value: number): FaultInput => ({ series: disk, time, value, kind: 'gauge' })

const full = ruleSet('disk')
  .select('__name:disk')
  .above(95, 1)
  .absentFor('2m', 2)
  .above(80, 3)
  .absentFor('1m', 4)
  .build()

/** The last event of a fault that a first engine opened. */
function opened(set: RuleSet, value: number, silentMs = 0): FaultChange {
  const engine = engineOf(set)
  const events = [...engine.sample(at(0, value), 0).events, ...engine.advance(silentMs).events]
  return JSON.parse(JSON.stringify(events.at(-1))) as FaultChange
}

describe('a restored fault', () => {
  it('of a rule set that is gone is cleared with what was judged, also where that had no limit', () => {
    const gone = ruleSet('gone').select('__name:disk').changed(3).build()
    const first = engineOf(gone)
    const events = [1, 2].flatMap((value, time) => first.sample(at(time, value), time).events)
    const [removed] = engineOf(full).restore(events.slice(-1) as FaultChange[], 5).events
    expect(removed).toMatchObject({
      type: 'cleared',
      cause: { reason: 'removed', criterion: { changed: true } },
    })
    expect(removed?.cause).not.toHaveProperty('threshold')
  })

  it('is that of the series that it names: others that no rule set selects say nothing, however often they come', () => {
    const engine = engineOf(full)
    engine.restore([opened(full, 99)], 10)
    const others = ['cpu', 'memory', 'cpu', 'cpu'].map((name) => ({ ...at(20, 99), series: series(name) }))
    expect(others.flatMap((sample) => engine.sample(sample, 20).events)).toEqual([])
    expect(engine.sample(at(20, 5), 20).events).toMatchObject([{ type: 'cleared', series: disk }])
  })

  it('is cleared by the first good sample, as the next event of the same fault', () => {
    const before = opened(full, 99)
    const engine = engineOf(full)
    expect(engine.restore([before], 3_600_000).events).toEqual([])
    expect(engine.sample(at(3_600_000, NaN), 3_600_000).events).toEqual([])
    expect(engine.sample(at(3_600_001, 5), 3_600_001).events).toMatchObject([
      {
        type: 'cleared',
        fault: before.fault,
        id: `${before.fault}|1`,
        openedAt: 0,
        cause: { rule: 0, value: 5 },
      },
    ])
  })

  it('is not opened again while it is still violated, and changes its severity as ever', () => {
    const engine = engineOf(full)
    engine.restore([opened(full, 99)], 3_600_000)
    expect(engine.sample(at(3_600_000, 99), 3_600_000).events).toEqual([])
    expect(engine.sample(at(3_600_001, 85), 3_600_001).events).toMatchObject([
      { type: 'severity', severity: 3, previousSeverity: 1 },
    ])
  })

  it('has its silence counted from the restart, since nothing could be seen before', () => {
    const engine = engineOf(full)
    engine.restore([opened(full, 85)], 3_600_000)
    expect(engine.advance(3_659_999).events).toEqual([])
    expect(engine.advance(3_720_000).events).toMatchObject([{ severity: 2, time: 3_720_000 }])
  })

  it('stays absent, and grows worse after what was still missing', () => {
    const silent = opened(full, 1, 60_000)
    expect(silent.severity).toBe(4)
    const engine = engineOf(full)
    engine.restore([silent], 3_600_000)
    expect(engine.advance(3_659_999).events).toEqual([])
    expect(engine.advance(3_660_000).events).toMatchObject([
      { type: 'severity', severity: 2, cause: { sampleTime: 0 } },
    ])
  })

  it('is kept beyond the bound on series', () => {
    const engine = engineOf(full)
    engine.sample(at(0, 1), 0)
    const other = {
      ...opened(full, 99),
      series: series('disk', { host: 'b' }),
      fault: 'disk|b|0',
      id: 'disk|b|0|0',
    }
    engine.restore([other], 0)
    expect(engine.sample({ ...at(1, 1), series: other.series }, 1).events).toMatchObject([
      { type: 'cleared' },
    ])
  })

  it.each([
    ['its rule set is gone', ruleSet('other').select('*').above(1, 1).build()],
    ['its rule set selects other series', { ...full, select: '__name:cpu' }],
  ])('is removed when %s', (_, now) => {
    const before = opened(full, 99)
    expect(engineOf(now).restore([before], 5000).events).toEqual([
      {
        type: 'cleared',
        id: `${before.fault}|1`,
        fault: before.fault,
        ruleSet: 'disk',
        series: before.series,
        severity: 1,
        openedAt: 0,
        time: 5000,
        text: 'disk: cleared after 5s, no rule set watches it any more',
        cause: { reason: 'removed', rule: 0, criterion: { above: 95 }, threshold: 95, sampleTime: 0 },
      },
    ])
  })

  it('is judged by the rules of now after they were edited', () => {
    const edited = ruleSet('disk').select('__name:disk').above(90, 2).build()
    const engine = engineOf(edited)
    engine.restore([opened(full, 99)], 1000)
    expect(engine.sample(at(1000, 99), 1000).events).toMatchObject([{ type: 'severity', severity: 2 }])
    expect(engine.sample(at(1001, 1), 1001).events).toMatchObject([{ type: 'cleared', severity: 2 }])
  })
})
