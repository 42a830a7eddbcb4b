import {
  dividedBy,
  fromDouble,
  minus,
  nearestRoot,
  plus,
  rational,
  type Rational,
  times,
  total,
} from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compileTerm } from '../../src/conditions/terms.ts'
import { createConditionPlan } from '../../src/conditions/condition.ts'
import type { Term } from '../../src/model/rule-set.ts'
import { createWindows } from '../../src/windows/windows.ts'
import { look } from '../conditions/look.ts'
import {
  anyValue,
  type Came,
  durationMs,
  exact,
  greatest,
  history,
  inWindow,
  sample,
  toDouble,
  usualValue,
} from './samples.ts'

/** Feeds samples to a term; after each, and at some later moments, what it gives is compared with what it should be. */
function check(
  term: Term,
  value: fc.Arbitrary<number>,
  judge: (got: number, samples: readonly Came[], all: readonly Came[], time: number) => void,
): void {
  fc.assert(
    fc.property(history(value), (all) => {
      const windows = createWindows()
      const plan = createConditionPlan(windows)
      const { read } = compileTerm(term, 0, plan)
      windows.attach(0, plan.needs)
      for (const [index, came] of all.entries()) {
        const before = all.slice(0, index + 1)
        const previous = before.at(-2)
        windows.add(
          sample({
            ...came,
            previous: previous?.value ?? NaN,
            previousTime: previous?.time ?? NaN,
            changed: previous === undefined ? 2 : previous.value === came.value ? 0 : 1,
          }),
        )
        const newest = Math.max(...before.map(({ time }) => time))
        for (const after of index % 7 === 0 ? [0, 299, 3299, 3300, 4000] : [0]) {
          const time = newest + after
          judge(read(look({ time, value: came.value })), inWindow(before, time), before, time)
        }
      }
    }),
  )
}

const count = (samples: readonly unknown[]): Rational => rational(BigInt(samples.length))

/** Unlike by what rounding may do: the last place of the right value, and so much of the greatest within. */
const expectNear = (got: number, right: number, scale: number): void => {
  if (Number.isNaN(right)) expect(got).toBeNaN()
  else expect(Math.abs(got - right)).toBeLessThanOrEqual(Math.max(Math.abs(right) * 2 ** -52, 5e-324, scale))
}

describe('a term over panes', () => {
  it('average is the mean to the last place, and never outside of the values', () => {
    check({ average: '3600ms' }, anyValue, (got, samples) => {
      if (samples.length === 0) {
        expect(got).toBeNaN()
        return
      }
      const right = toDouble(dividedBy(total(exact(samples)), count(samples)))
      expectNear(got, right, greatest(samples) * 2 ** -70)
      const values = samples.map(({ value }) => value)
      expect(got).toBeGreaterThanOrEqual(Math.min(...values))
      expect(got).toBeLessThanOrEqual(Math.max(...values))
    })
  })

  it('average of equal values is that value', () => {
    fc.assert(
      fc.property(
        anyValue,
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 400 }),
        (value, many, step) => {
          const windows = createWindows()
          const plan = createConditionPlan(windows)
          const { read } = compileTerm({ average: '3600ms' }, 0, plan)
          windows.attach(0, plan.needs)
          for (let index = 0; index < many; index += 1) windows.add(sample({ time: index * step, value }))
          expect(read(look({ time: (many - 1) * step })) + 0).toBe(value + 0)
        },
      ),
    )
  })

  it('average of 0.1 over two minutes is 0.1, which a plain sum does not give', () => {
    const windows = createWindows()
    const plan = createConditionPlan(windows)
    const { read } = compileTerm({ average: '2m' }, 0, plan)
    windows.attach(0, plan.needs)
    let plain = 0
    for (let index = 0; index < 10; index += 1) {
      windows.add(sample({ time: index * 1000, value: 0.1 }))
      plain += 0.1
    }
    expect(read(look({ time: 9000 }))).toBe(0.1)
    expect(plain / 10).not.toBe(0.1)
  })

  it('average of values a hair apart lies between them', () => {
    fc.assert(
      fc.property(anyValue, fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }), (value, isNext) => {
        const next = value * (1 + 2 ** -52)
        const windows = createWindows()
        const plan = createConditionPlan(windows)
        const { read } = compileTerm({ average: '3600ms' }, 0, plan)
        windows.attach(0, plan.needs)
        const values = isNext.map((is) => (is ? next : value))
        for (const [index, one] of values.entries()) windows.add(sample({ time: index * 9, value: one }))
        const mean = read(look({ time: (values.length - 1) * 9 }))
        expect(mean).toBeGreaterThanOrEqual(Math.min(...values))
        expect(mean).toBeLessThanOrEqual(Math.max(...values))
      }),
    )
  })

  it('sum is the sum to the last place, and unknown where it has no double', () => {
    check({ sum: '3600ms' }, anyValue, (got, samples) => {
      if (samples.length === 0) {
        expect(got).toBeNaN()
        return
      }
      const right = toDouble(total(exact(samples)))
      expectNear(got, Number.isFinite(right) ? right : NaN, greatest(samples) * 2 ** -66)
    })
  })

  it('min and max are the least and the greatest, infinities too', () => {
    const value = fc.oneof({ weight: 5, arbitrary: anyValue }, fc.constantFrom(Infinity, -Infinity))
    check({ min: '3600ms' }, value, (got, samples) => {
      const values = samples.map((one) => one.value)
      expect(got).toEqual(values.length === 0 ? NaN : Math.min(...values))
    })
    check({ max: '3600ms' }, value, (got, samples) => {
      const values = samples.map((one) => one.value)
      expect(got).toEqual(values.length === 0 ? NaN : Math.max(...values))
    })
  })

  it('an infinity or a NaN within makes every number over the window unknown until it leaves', () => {
    const value = fc.oneof({ weight: 9, arbitrary: usualValue }, fc.constantFrom(Infinity, -Infinity, NaN))
    const terms: Term[] = [
      ...[{ average: '3600ms' } as const, { sum: '3600ms' } as const, { stddev: '3600ms' } as const],
    ]
    for (const term of terms) {
      check(term, value, (got, samples) => {
        const isKnown = samples.length > 0 && samples.every((one) => Number.isFinite(one.value))
        expect(Number.isFinite(got)).toBe(isKnown)
      })
    }
  })

  it('stddev is the standard deviation of the population', () => {
    check({ stddev: '3600ms' }, usualValue, (got, samples) => {
      if (samples.length === 0) {
        expect(got).toBeNaN()
        return
      }
      const values = exact(samples)
      const mean = dividedBy(total(values), count(values))
      const squares = values.map((one) => times(minus(one, mean), minus(one, mean)))
      const right = nearestRoot(dividedBy(total(squares), count(values)))
      expect(Math.abs(got - right)).toBeLessThanOrEqual(right * 1e-12 + greatest(samples) * 1e-14)
      if (new Set(samples.map((one) => one.value + 0)).size === 1) expect(got).toBe(0)
    })
  })

  it('delta and rate are the change from the oldest sample to the newest', () => {
    const changeOf = (samples: readonly Came[]): { change: Rational; ms: number } | undefined => {
      const oldest = [...samples].sort((a, b) => a.time - b.time)[0]
      const newest = [...samples].reverse().sort((a, b) => b.time - a.time)[0]
      if (oldest === undefined || newest === undefined || newest.time === oldest.time) return
      return {
        change: minus(fromDouble(newest.value), fromDouble(oldest.value)),
        ms: newest.time - oldest.time,
      }
    }
    check({ delta: '3600ms' }, anyValue, (got, samples) => {
      const right = changeOf(samples)
      const change = right === undefined ? NaN : toDouble(right.change)
      expect(got).toEqual(Number.isFinite(change) ? change + 0 : NaN)
    })
    check({ rate: '3600ms' }, usualValue, (got, samples) => {
      const right = changeOf(samples)
      if (right === undefined) {
        expect(got).toBeNaN()
        return
      }
      const rate = dividedBy(times(right.change, rational(1000n)), rational(BigInt(right.ms)))
      expectNear(got, toDouble(rate), Math.abs(got) * 2 ** -50)
    })
  })

  it('counter is the increase up to each sample in the window, per second since the earliest sample before them', () => {
    check({ counter: '3600ms' }, usualValue, (got, samples, all) => {
      const steps = samples.flatMap((one) => {
        const before = all[all.indexOf(one) - 1]
        if (before === undefined) return []
        const [value, was] = [fromDouble(one.value), fromDouble(before.value)]
        return [{ by: one.value < before.value ? value : minus(value, was), since: before.time }]
      })
      const newest = Math.max(...all.map((one) => one.time))
      const ms = newest - Math.min(Infinity, ...steps.map(({ since }) => since))
      if (steps.length === 0 || ms <= 0) {
        expect(got).toBeNaN()
        return
      }
      const increase = steps.map(({ by }) => by).reduce(plus, rational(0n))
      const right = toDouble(dividedBy(times(increase, rational(1000n)), rational(BigInt(ms))))
      expectNear(got, right, (greatest(all) * 1e-13) / Math.min(1, ms / 1000))
    })
  })

  it('forecast is the line of least squares so far ahead', () => {
    check({ forecast: '10s', over: '3600ms' }, usualValue, (got, samples, _all, now) => {
      if (new Set(samples.map((one) => one.time)).size < 2) {
        expect(got).toBeNaN()
        return
      }
      const at = (one: Came): Rational => rational(BigInt(one.time))
      const n = count(samples)
      const meanTime = dividedBy(total(samples.map(at)), n)
      const mean = dividedBy(total(exact(samples)), n)
      const late = samples.map((one) => minus(at(one), meanTime))
      const off = exact(samples).map((one) => minus(one, mean))
      const squares = total(late.map((one) => times(one, one)))
      const slope = dividedBy(total(late.map((one, index) => times(one, off[index] ?? one))), squares)
      const ahead = minus(rational(BigInt(now + 10_000)), meanTime)
      const right = toDouble(plus(mean, times(slope, ahead)))
      const spread = Math.sqrt(toDouble(squares))
      // How far a value's last place is thrown by a line so steep.
      const lever = 1 + (Math.abs(toDouble(ahead)) * Math.sqrt(samples.length)) / spread
      expect(Math.abs(got - right)).toBeLessThanOrEqual(greatest(samples) * lever * lever * 1e-12)
    })
  })

  it('zscore is how far the sample is from the window before it, in its standard deviations', () => {
    check({ zscore: '3600ms' }, fc.integer({ min: -20, max: 20 }), (got, _samples, all, time) => {
      const last = all.at(-1)
      const rest = all.slice(0, -1)
      const newest = Math.max(...all.map((one) => one.time))
      if (last === undefined || inWindow(all, time).length === 0) {
        expect(got).toBeNaN()
        return
      }
      if (!inWindow(all, newest).includes(last)) return
      const before = rest.length === 0 ? [] : inWindow(rest, newest)
      if (before.length < 2) {
        expect(got).toBeNaN()
        return
      }
      const mean = before.reduce((sum, one) => sum + one.value, 0) / before.length
      const squares = before.reduce((sum, one) => sum + (one.value - mean) ** 2, 0)
      const stddev = Math.sqrt(squares / before.length)
      const isFlat = new Set(before.map((one) => one.value)).size === 1
      if (isFlat)
        expect(got).toBe(last.value === before[0]?.value ? 0 : Math.sign(last.value - mean) * Infinity)
      else expect(got).toBeCloseTo((last.value - mean) / stddev, 8)
    })
  })

  it('quantile is within 5 % of the sample of that rank', () => {
    for (const quantile of [0, 0.07, 0.5, 0.95, 1]) {
      check({ quantile, over: '3600ms' }, usualValue, (got, samples) => {
        const sorted = samples.map((one) => one.value).sort((a, b) => a - b)
        const hundredths = BigInt(Math.round(quantile * 100)) * BigInt(sorted.length)
        const rank = Math.max(1, Number((hundredths + 99n) / 100n))
        const right = sorted[rank - 1] ?? NaN
        expect(Math.abs(got - right)).toEqual(Number.isNaN(right) ? NaN : expect.any(Number))
        if (!Number.isNaN(right)) expect(Math.abs(got - right)).toBeLessThanOrEqual(Math.abs(right) * 0.05)
      })
    }
  })

  it('count, share and changes count the samples for which it is so', () => {
    const value = fc.constantFrom(1, 2, 3, NaN)
    check({ count: { above: 1 }, over: '3600ms' }, value, (got, samples) => {
      expect(got).toBe(samples.filter((one) => one.value > 1).length)
    })
    check({ share: { above: 1 }, over: '3600ms' }, value, (got, samples) => {
      const known = samples.filter((one) => !Number.isNaN(one.value))
      expect(got).toEqual(known.filter((one) => one.value > 1).length / known.length)
    })
    check({ changes: '3600ms' }, fc.constantFrom(1, 2, 3), (got, samples, all) => {
      const changed = samples.filter((one) => {
        const index = all.indexOf(one)
        return index > 0 && all[index - 1]?.value !== one.value
      })
      expect(got).toBe(changed.length)
    })
  })

  it('count, share and changes over a number of samples look at the last ones', () => {
    const value = fc.constantFrom(1, 2, NaN)
    for (const span of [1, 5, 31, 32]) {
      check({ count: { above: 1 }, over: span }, value, (got, _samples, all) => {
        const known = all.filter((one) => !Number.isNaN(one.value)).slice(-span)
        expect(got).toBe(known.filter((one) => one.value > 1).length)
      })
      check({ share: { above: 1 }, over: span }, value, (got, _samples, all) => {
        const known = all.filter((one) => !Number.isNaN(one.value)).slice(-span)
        expect(got).toEqual(known.filter((one) => one.value > 1).length / known.length)
      })
      check({ changes: span }, fc.constantFrom(1, 2), (got, _samples, all) => {
        const last = all.slice(-span)
        expect(got).toBe(
          last.filter((one, index) => index > 0 && last[index - 1]?.value !== one.value).length,
        )
      })
    }
  })

  it('all of them together give what each gives alone', () => {
    const terms: Term[] = [
      ...[{ average: '3600ms' }, { min: '3600ms' }, { stddev: '3600ms' }, { rate: '3600ms' }],
      ...[{ counter: '3600ms' }, { zscore: '3600ms' }, { forecast: '1s', over: '3600ms' }],
      ...[
        { share: { above: 1 }, over: '3600ms' },
        { quantile: 0.5, over: '3600ms' },
      ],
    ] as Term[]
    fc.assert(
      fc.property(history(usualValue), (all) => {
        const windows = createWindows()
        const plan = createConditionPlan(windows)
        const together = terms.map((term) => compileTerm(term, 0, plan))
        windows.attach(0, plan.needs)
        const plans = terms.map(() => createConditionPlan(windows))
        const alone = terms.map((term, index) => compileTerm(term, 0, plans[index] ?? plan))
        for (const [index, one] of plans.entries()) windows.attach(index + 1, one.needs)
        for (const came of all) {
          for (let row = 0; row <= terms.length; row += 1) windows.add(sample({ ...came, row, previous: 1 }))
          for (const [index, one] of together.entries())
            expect(one.read(look({ time: came.time }))).toEqual(
              alone[index]?.read(look({ row: index + 1, time: came.time })),
            )
        }
      }),
    )
    expect(durationMs).toBe(3600)
  })
})
