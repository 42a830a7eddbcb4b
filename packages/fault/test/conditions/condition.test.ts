import { describe, expect, it } from 'vitest'

import { compileCondition, type CompiledCondition } from '../../src/conditions/condition.ts'
import { type ConditionPlan, createConditionPlan } from '../../src/conditions/condition.ts'
import type { Truth } from '../../src/conditions/truth.ts'
import type { Comparison, Condition } from '../../src/model/rule-set.ts'
import { createWindows } from '../../src/windows/windows.ts'
import { sample } from '../windows/samples.ts'
import { look } from './look.ts'

function compile(condition: Condition): CompiledCondition & { readonly plan: ConditionPlan } {
  const plan = createConditionPlan(createWindows())
  return { ...compileCondition(condition, plan), plan }
}

const truths: readonly Truth[] = [0, 1, 2]
/** Leaves whose truth a test sets: missed windows. */
const daily = { from: '00:00', until: '01:00' }
const leaf: Condition = { missedDuring: daily }
const all3 = truths.flatMap((a) => truths.flatMap((b) => truths.map((c) => [a, b, c] as const)))
const test = (condition: Condition, values: readonly Truth[]): Truth => {
  const { test: run, peek } = compile(condition)
  const at = look({ missed: (index) => values[index] ?? 2 })
  expect(peek(at)).toBe(run(at))
  return run(at)
}

/** Kleene: of all ways in which the unknown ones may be, whether each gives the same. */
const overall = (values: readonly Truth[], whole: (values: readonly boolean[]) => boolean): Truth => {
  const ways = values.reduce<readonly (readonly boolean[])[]>(
    (before, one) =>
      before.flatMap((way) =>
        one === 2
          ? [
              [...way, false],
              [...way, true],
            ]
          : [[...way, one === 1]],
      ),
    [[]],
  )
  const results = new Set(ways.map(whole))
  return results.size === 2 ? 2 : results.has(true) ? 1 : 0
}

describe('a tree of conditions', () => {
  it('is true or false only where it is so whatever the unknown ones are', () => {
    for (const values of all3) {
      const three = [leaf, leaf, leaf]
      expect(test({ all: three }, values)).toBe(overall(values, (of) => of.every(Boolean)))
      expect(test({ any: three }, values)).toBe(overall(values, (of) => of.some(Boolean)))
      for (const some of [1, 2, 3])
        expect(test({ some, of: three }, values)).toBe(
          overall(values, (of) => of.filter(Boolean).length >= some),
        )
      expect(test({ some: '50%', of: three }, values)).toBe(
        overall(values, (of) => of.filter(Boolean).length >= 2),
      )
      const two = values.slice(0, 2)
      expect(test({ all: [leaf, leaf] }, two)).toBe(overall(two, (of) => of.every(Boolean)))
      expect(test({ any: [leaf, leaf] }, two)).toBe(overall(two, (of) => of.some(Boolean)))
      expect(test({ not: leaf }, [values[0]])).toBe(overall([values[0]], ([one]) => one !== true))
      expect(test({ not: { any: [leaf, { all: [leaf, leaf] }] } }, values)).toBe(
        test({ all: [{ not: leaf }, { any: [{ not: leaf }, { not: leaf }] }] }, values),
      )
    }
  })

  it('names the first leaf that is as the whole is', () => {
    for (const values of all3) {
      const { decisive, peek, leaves } = compile({ any: [leaf, { all: [leaf, leaf] }] })
      const at = look({ missed: (index) => values[index] ?? 2 })
      const named = leaves.indexOf(decisive(at))
      expect(values[named]).toBe(peek(at))
    }
    const { decisive } = compile({ all: [{ above: 1 }, { not: { above: 9 } }] })
    expect(decisive(look({ value: 5 })).condition).toEqual({ above: 1 })
    expect(decisive(look({ value: 10 })).condition).toEqual({ above: 9 })
    expect(decisive(look({ value: 10 })).threshold(look({ value: 10 }))).toBe(9)
  })

  it('lets hysteresis see every sample, though another part has decided', () => {
    const { test: run } = compile({
      any: [{ below: 0 }, { all: [{ above: 1000 }, { above: 80, until: 70 }] }],
    })
    const at = look({})
    for (const [value, truth] of [
      [1001, 1],
      [75, 0],
      [1001, 1],
    ] as const)
      expect(run({ ...at, value })).toBe(truth)
    const { test: either } = compile({ any: [{ above: 100 }, { above: 80, until: 70 }] })
    const other = look({})
    expect([101, 75, 70, 75].map((value) => either({ ...other, value }))).toEqual([1, 1, 0, 0])
  })

  it('counts members, of which it takes at least one', () => {
    const { test: run, leaves } = compile({ some: '34%', members: { above: 1 } })
    const at = (...counts: readonly number[]): Truth => run(look({ counts, countsAt: 0 }))
    expect([at(0, 0, 0), at(0, 0, 1), at(1, 0, 3), at(2, 0, 3), at(1, 1, 3), at(0, 1, 1)]).toEqual([
      2, 0, 0, 1, 2, 2,
    ])
    expect(leaves[0]?.threshold(look({ counts: [0, 0, 1000], countsAt: 0 }))).toBe(340)
    expect(
      compile({ some: '1.1%', members: { above: 1 } }).leaves[0]?.threshold(look({ counts: [0, 0, 1000] })),
    ).toBe(11)
  })

  it('lists what it needs: absences, time windows, members, bytes of memory', () => {
    const { absences, missed, memorySize, members, plan } = compile({
      any: [
        { absentFor: '2m' },
        { absentFor: '30s' },
        { not: { absentFor: '2m' } },
        { above: 3, until: 2 },
        { missedDuring: daily },
        { some: 1, members: { above: 3, until: 2 } },
      ],
    })
    expect({ absences, missed, memorySize, members }).toEqual({
      ...{ absences: [30_000, 120_000], missed: [0], memorySize: 1, members: [0] },
    })
    expect(plan.members[0]?.plan.memorySize).toBe(1)
  })
})

describe('a comparison', () => {
  const of = (comparison: Comparison, value: number | string): Truth => {
    const [number, text] = typeof value === 'number' ? [value, undefined] : [NaN, value]
    return compile(comparison).test(look({ value: number, text }))
  }

  it('compares numbers, infinities too, and knows nothing of NaN and of texts', () => {
    const table: readonly [Comparison, string][] = [
      [{ above: 1 }, '00112?'],
      [{ below: 1 }, '10002?'],
      [{ atLeast: 1 }, '01112?'],
      [{ atMost: 1 }, '11002?'],
      [{ equals: 1 }, '01002?'],
      [{ notEquals: 1 }, '10112?'],
    ]
    for (const [comparison, expected] of table) {
      const got = [0, 1, 2, Infinity, NaN, 'a'].map((value) => of(comparison, value))
      expect(got.join('')).toBe(expected.replace('?', '2'))
    }
    expect([of({ below: 0 }, -Infinity), of({ equals: 0 }, -0)]).toEqual([1, 1])
  })

  it('compares texts, and knows nothing of numbers', () => {
    const table: readonly [Comparison, string][] = [
      [{ equals: 'down' }, '102'],
      [{ notEquals: 'down' }, '012'],
      [{ matches: '^d.*n$' }, '102'],
      [{ notMatches: '^d.*n$' }, '012'],
      [{ contains: 'ow' }, '102'],
      [{ notContains: 'ow' }, '012'],
    ]
    for (const [comparison, expected] of table)
      expect(['down', 'up', 1].map((value) => of(comparison, value)).join('')).toBe(expected)
  })

  it('is unknown where the series is', () => {
    for (const comparison of [
      { above: 1 },
      { equals: 'a' },
      { changed: true },
      { of: { count: { above: 0 }, over: 3 }, below: 1 },
    ] as Condition[])
      expect(compile(comparison).test(look({ isKnown: false, value: 5, changed: 1 }))).toBe(2)
  })

  it('stays true until the number has come back, and remembers over what is unknown', () => {
    const histories: readonly [Condition, readonly number[], readonly Truth[]][] = [
      [{ above: 80, until: 75 }, [80, 81, 76, NaN, 75.1, 75, 80], [0, 1, 1, 2, 1, 0, 0]],
      [{ atLeast: 80, until: 75 }, [79, 80, 75.1, 75, 79], [0, 1, 1, 0, 0]],
      [{ atLeast: 80, until: 80 }, [79, 80, 80, 80, 79], [0, 1, 1, 1, 0]],
      [{ below: 10, until: 15 }, [10, 9, 14, 15, 14], [0, 1, 1, 0, 0]],
      [{ atMost: 10, until: 15 }, [11, 10, 14, 15, 14], [0, 1, 1, 0, 0]],
    ]
    for (const [condition, values, expected] of histories) {
      const { test: run, peek } = compile(condition)
      const at = look({})
      const got = values.map((value) => {
        const truth = peek({ ...at, value })
        expect(run({ ...at, value })).toBe(truth)
        expect(run({ ...at, value })).toBe(truth)
        return truth
      })
      expect(got).toEqual(expected)
    }
    const { leaves } = compile({ above: 80, until: 75 })
    const at = look({ value: 90 })
    leaves[0]?.test(at)
    expect(leaves[0]?.threshold(at)).toBe(80)
    expect(leaves[0]?.threshold({ ...at, value: 77 })).toBe(75)
  })

  it('of a window is unknown until so much of it is filled', () => {
    const { test: run, plan, leaves } = compile({ of: { average: '1m' }, minFill: '30s', above: 1 })
    plan.windows.attach(0, plan.needs)
    const got = [0, 29_000, 30_000].map((time) => {
      plan.windows.add(sample({ time, value: 2 }))
      return run(look({ time, value: 2 }))
    })
    expect(got).toEqual([2, 2, 1])
    expect(leaves[0]).toMatchObject({ durationMs: 60_000, minFillMs: 30_000, need: plan.needs[0] })
  })

  it('of a ratio divides two parts of a group; nothing by nothing is unknown', () => {
    const ratio = {
      ratio: [
        { last: true, select: 'x:a' },
        { sum: '1m', select: 'x:b' },
      ],
    } as const
    const { leaves, plan } = compile({ of: ratio, above: 0.5 })
    expect(plan.parts.map(({ select, needs }) => [select, needs.length])).toEqual([
      ['x:a', 0],
      ['x:b', 1],
    ])
    plan.windows.attach(8, plan.parts[1]?.needs ?? [])
    plan.windows.add(sample({ row: 8, value: 0 }))
    const at = (last: number, parts: readonly number[]): unknown =>
      leaves[0]?.value(look({ parts, lastOf: () => last }))
    expect([at(1, [7, 8]), at(-1, [7, 8]), at(0, [7, 8]), at(1, [-1, 8]), at(1, [7, -1])]).toEqual([
      ...[Infinity, -Infinity, undefined, undefined, undefined],
    ])
    plan.windows.add(sample({ row: 8, value: 4 }))
    expect([at(1, [7, 8]), at(3, [7, 8])]).toEqual([0.25, 0.75])
  })
})
