import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultChange, type RuleSetInput, series } from '../../src/engine.ts'
import { at, m, openingsOf, record, recorded, type Recorder, watch } from './recorder.ts'

const hour = 3600
const full = watch([
  { when: { above: 95 }, severity: 1 },
  { when: { absentFor: '2m' }, severity: 2 },
  { when: { above: 80 }, severity: 3 },
  { when: { absentFor: '1m' }, severity: 4 },
])

/** The last event of a fault that a first engine opened. */
function opened(set: RuleSetInput, value: number, silentSecond = 0): FaultChange {
  const { sample, advance, events } = recorded([set])
  sample(at(0, value))
  advance(silentSecond)
  return JSON.parse(JSON.stringify(events.at(-1))) as FaultChange
}

/** A second engine that was handed this. */
function restarted(set: RuleSetInput, open: readonly FaultChange[], second: number): Recorder {
  const recorder = record(createFaultEngine([set], { maxInstances: 10 }))
  recorder.take(recorder.engine.restore(open, second * 1000))
  return recorder
}

describe('a restored fault', () => {
  it('of a rule set that is gone is cleared with what was judged, also where that had no limit', () => {
    const first = recorded([watch([{ when: { changed: true }, severity: 3 }], { id: 'gone' })])
    first.sample(at(0, 1))
    first.sample(at(1, 2))
    const { events } = restarted(full, openingsOf(first.events), 5)
    expect(events).toMatchObject([
      { type: 'cleared', cause: { reason: 'removed', condition: { changed: true } } },
    ])
    expect(events[0]?.cause).not.toHaveProperty('threshold')
    expect(events[0]).not.toHaveProperty('sample')
  })

  it('is that of the series that it names: others that no rule set selects say nothing, however often they come', () => {
    const { sample, told, events } = restarted(full, [opened(full, 99)], 10)
    for (const name of ['cpu', 'memory', 'cpu', 'cpu']) sample(at(20, 99, { series: series(name) }))
    sample(at(20, 5))
    expect(told).toEqual(['20 cleared s1 recovered'])
    expect(events).toMatchObject([{ series: m }])
  })

  it('is cleared by the first good sample, as the next event of the same fault', () => {
    const before = opened(full, 99)
    const { sample, events } = restarted(full, [before], hour)
    sample(at(hour, NaN))
    sample(at(hour + 1, 5))
    expect(events).toMatchObject([
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
    const { sample, events } = restarted(full, [opened(full, 99)], hour)
    sample(at(hour, 99))
    sample(at(hour + 1, 85))
    expect(events).toMatchObject([{ type: 'severity', severity: 3, previousSeverity: 1 }])
  })

  it('has its silence counted from the restart, since nothing could be seen before', () => {
    const { advance, told } = restarted(full, [opened(full, 85)], hour)
    advance(hour + 69)
    expect(told).toEqual([])
    advance(hour + 130)
    expect(told).toEqual([`${hour + 120} severity s2 absent`])
  })

  it('stays absent, and grows worse after what was still missing', () => {
    const silent = opened(full, 1, 70)
    expect(silent.severity).toBe(4)
    const { advance, events } = restarted(full, [silent], hour)
    advance(hour + 129)
    expect(events).toEqual([])
    advance(hour + 130)
    expect(events).toMatchObject([{ type: 'severity', severity: 2, cause: { sampleTime: 0 } }])
  })

  it('is left as it is where a snapshot has it', () => {
    const first = recorded([full])
    first.sample(at(0, 99))
    first.sample(at(10, 85))
    const { engine, take, told, sample } = record(
      createFaultEngine([full], { snapshot: first.engine.snapshot() }),
    )
    take(engine.restore(openingsOf(first.events), 20_000))
    sample(at(20, 85))
    sample(at(30, 5))
    expect(told).toEqual(['30 cleared s3 recovered'])
  })

  it('is kept beyond the bound on series', () => {
    const other = { ...opened(full, 99), series: series('m', { host: 'b' }), fault: 'r|b|0', id: 'r|b|0|0' }
    const { engine, take, told, sample } = record(createFaultEngine([full], { maxInstances: 1 }))
    sample(at(0, 1))
    take(engine.restore([other], 0))
    sample(at(1, 1, { series: other.series }))
    expect(told).toEqual(['1 cleared s1 recovered'])
  })

  it.each([
    ['its rule set is gone', watch([{ when: { above: 1 }, severity: 1 }], { id: 'other' })],
    ['its rule set selects other series', { ...full, select: '__name:cpu' }],
  ])('is removed when %s', (_, now) => {
    const before = opened(full, 99)
    const { events } = restarted(now, [before], 5)
    expect(events).toMatchObject([
      {
        type: 'cleared',
        id: `${before.fault}|1`,
        fault: before.fault,
        ruleSet: 'r',
        series: before.series,
        severity: 1,
        openedAt: 0,
        time: 5000,
        cause: { reason: 'removed', rule: 0, condition: { above: 95 }, threshold: 95, sampleTime: 0 },
      },
    ])
  })

  it('is judged by the rules of now after they were edited', () => {
    const edited = watch([{ when: { above: 90 }, severity: 2 }])
    const { sample, told } = restarted(edited, [opened(full, 99)], 1)
    sample(at(1, 99))
    sample(at(2, 1))
    expect(told).toEqual(['1 severity s2 above', '2 cleared s2 recovered'])
  })

  it('that no rule stands behind any more ends as edited, but not while nothing is known', () => {
    const edited = watch([{ when: { above: 90 }, severity: 2 }])
    const { sample, told } = restarted(edited, [opened(full, 99)], 1)
    sample(at(1, NaN))
    sample(at(2, 1))
    expect(told).toEqual(['2 cleared s1 edited'])
  })

  it('of a group is not cleared because its other members did not send yet', () => {
    const group = watch([{ when: { above: 100 }, severity: 2 }], { by: ['dc'], combine: 'sum' })
    const [a, b] = ['a', 'b'].map((host) => ({ series: series('m', { host, dc: 'x' }) }))
    const first = recorded([group])
    first.sample(at(0, 60, a))
    first.sample(at(0, 60, b))
    const { sample, told, events } = restarted(group, openingsOf(first.events), 10)
    sample(at(10, 60, a))
    sample(at(10, 60, b))
    sample(at(20, 60, a))
    expect(told).toEqual([])
    sample(at(20, 10, b))
    expect(told).toEqual(['20 cleared s2 recovered'])
    expect(events).toMatchObject([{ fault: openingsOf(first.events)[0]?.fault }])
  })

  it('where nobody knows of any, is ended by what is found well at first', () => {
    const { engine, take, sample, told } = recorded([full])
    take(engine.restore(undefined, 0))
    sample(at(0, NaN))
    sample(at(1, 10))
    sample(at(2, 10))
    expect(told).toEqual(['1 normal'])
  })
})
