import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { obsolete, planCompaction, type PlannedSegment } from '../../src/compact/plan.ts'

const dayMs = 86_400_000

/** Segments as a compaction leaves them, with the newest state of each day that they hold. */
interface Model {
  next: number
  segments: (PlannedSegment & { readonly states: ReadonlyMap<number, number> })[]
}

function flush(model: Model, days: readonly (readonly [day: number, rows: number])[], state: number): void {
  const first = Math.min(...days.map(([day]) => day))
  const last = Math.max(...days.map(([day]) => day))
  model.segments.push({
    number: model.next++,
    bytes: days.reduce((sum, [, rows]) => sum + rows * 10, 0),
    from: first * dayMs,
    to: (last + 1) * dayMs,
    sealed: null,
    ...(days.length <= 4096 && { days: [...days].sort(([a], [b]) => a - b) }),
    states: new Map(days.map(([day]) => [day, state])),
  })
}

/** Does the jobs one after the other; gives how many. */
function compact(model: Model, sealBefore: number): number {
  for (let jobs = 0; ; jobs += 1) {
    const job = planCompaction(model.segments, sealBefore)
    if (job === undefined) return jobs
    if (jobs > 10_000) throw new Error(`endless: ${JSON.stringify(job)}`)
    const inputs = model.segments.filter(({ number }) => job.inputs.includes(number))
    const number = model.next++
    const states = new Map<number, number>()
    const rows = new Map<number, number>()
    for (const one of inputs) {
      for (const [day, state] of one.states) {
        if (job.type === 'seal' && (day * dayMs < job.from || day * dayMs >= job.to)) continue
        if (job.type === 'join' && isSuperseded(model, one, day)) continue
        states.set(day, state)
        rows.set(day, Math.max(rows.get(day) ?? 0, one.days?.find(([at]) => at === day)?.[1] ?? 1))
      }
    }
    const days = [...rows].sort(([a], [b]) => a - b)
    const joined: Model['segments'][number] = {
      number,
      bytes: inputs.reduce((sum, { bytes }) => sum + bytes, 0),
      from: job.type === 'seal' ? job.from : Math.min(...inputs.map(({ from }) => from)),
      to: job.type === 'seal' ? job.to : Math.max(...inputs.map(({ to }) => to)),
      sealed: job.type === 'seal' ? [job.from, job.to] : null,
      ...(days.length <= 4096 && { days }),
      states,
    }
    const gone = new Set(job.type === 'join' ? job.inputs : obsolete([...model.segments, joined]))
    model.segments = [...model.segments.filter((one) => !gone.has(one.number)), joined]
  }
}

const isSuperseded = (model: Model, { number }: PlannedSegment, day: number): boolean =>
  model.segments.some(
    (one) =>
      one.number > number &&
      one.sealed !== null &&
      one.sealed[0] <= day * dayMs &&
      one.sealed[1] > day * dayMs,
  )

/** The state of a day that a reader finds: that of the segment with the highest number. */
function found(model: Model, day: number): number | undefined {
  return [...model.segments]
    .sort((a, b) => b.number - a.number)
    .find(({ states }) => states.has(day))
    ?.states.get(day)
}

describe('the plan of compaction', () => {
  it('ends, keeps the last state of each day in sight, and bounds the files, whatever days are flushed', () => {
    const anyFlush = fc.array(fc.tuple(fc.nat(80), fc.constantFrom(1, 100, 1440, 100_000)), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(fc.array(anyFlush, { maxLength: 60 }), fc.nat(90), (flushes, sealed) => {
        const model: Model = { next: 1, segments: [] }
        const newest = new Map<number, number>()
        flushes.forEach((days, state) => {
          const once = [...new Map(days)]
          flush(model, once, state)
          for (const [day] of once) newest.set(day, state)
          compact(model, sealed * dayMs)
        })
        for (const [day, state] of newest) expect(found(model, day)).toBe(state)
        const loose = model.segments.filter((one) => one.sealed === null)
        expect(loose.length).toBeLessThanOrEqual(8)
        expect(model.segments.length).toBeLessThanOrEqual(8 + 3 * 8 + 3 * 32)
      }),
    )
  })

  it('makes few files of times from anywhere', () => {
    const model: Model = { next: 1, segments: [] }
    for (let state = 0; state < 40; state += 1) {
      const days = Array.from({ length: 50 }, (_, at) => [(state * 50 + at) * 46_000, 1] as const)
      flush(model, days, state)
      compact(model, Infinity)
    }
    expect(model.segments.length).toBeLessThanOrEqual(8)
  })

  it('puts days together into few files', () => {
    const model: Model = { next: 1, segments: [] }
    for (let day = 0; day < 366; day += 1) {
      flush(model, [[day, 144_000]], day)
      compact(model, (day + 1) * dayMs)
    }
    expect(model.segments.length).toBeLessThanOrEqual(12 + 32)
    expect(model.segments.every(({ sealed }) => sealed !== null)).toBe(true)
  })

  it('does nothing to a day that is not over', () => {
    const model: Model = { next: 1, segments: [] }
    flush(model, [[3, 100_000]], 0)
    expect(planCompaction(model.segments, 4 * dayMs - 1)).toBeUndefined()
    expect(planCompaction(model.segments, 4 * dayMs)).toMatchObject({ type: 'seal', from: 3 * dayMs })
  })
})
