import { evaluate, ruleSet } from '@tocsin/fault'
import type { Sample } from '@tocsin/protocols'
import { rollup, rollupSamples, series, type RollupOptions } from '@tocsin/rollup'
import { map, merge, NEVER, timer } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, expect, it, vi } from 'vitest'

const minute = 60_000
const windows = 20
const load = series('load')

/** The value goes up and down with each minute, so that each window that is judged is an event. */
const rules = [ruleSet('load').select('__name:load').above(5, 1).build()]
const valueOf = (time: number): number => (Math.floor(time / minute) % 2) * 10

/** When a sample arrives: from 0 to 4999 ms late, out of order, and the same in every run. */
const lateness = (index: number): number => (index * 2_654_435_761) % 5000

/** The events of rules over windows in virtual time; samples come each second, in the first seconds of each minute. */
function judged(seconds: number, lateBy: (index: number) => number, options: RollupOptions): string[] {
  const told: string[] = []
  new TestScheduler(() => undefined).run(() => {
    const times = Array.from({ length: windows * 60 }, (_, index) => index * 1000)
    const deliveries = times
      .filter((time) => time % minute < seconds * 1000)
      .map((time, index) => {
        const sample: Sample = { series: load, time, value: valueOf(time), kind: 'gauge' }
        return timer(time + lateBy(index)).pipe(map(() => sample))
      })
    merge(...deliveries, NEVER)
      .pipe(rollup({ windows: ['1m'], ...options }), rollupSamples('average'), evaluate(rules))
      .subscribe(({ type, time, cause }) => told.push(`${type} ${time} ${cause.value}`))
  })
  return told
}

afterEach(() => vi.restoreAllMocks())

const everyWindow = Array.from({ length: windows }, (_, index) => {
  const type = index === 0 ? 'normal' : index % 2 === 1 ? 'opened' : 'cleared'
  return `${type} ${(index + 1) * minute - 1} ${valueOf(index * minute)}`
})

/** Nothing comes for a day: the series is forgotten. */
const goneInTheEnd = `cleared ${windows * minute - 1 + 86_400_000} undefined`

it.each<[string, number, (index: number) => number]>([
  ['samples in time', 60, () => 0],
  ['samples up to 5 s late and out of order', 60, lateness],
  ['samples that are all 5 s late', 60, () => 4999],
  ['a stream that falls silent in each window', 30, () => 0],
  ['a stream that falls silent, its samples up to 5 s late', 30, lateness],
  ['a stream that falls silent, its samples all 5 s late', 30, () => 4999],
])('windows feed rules with all defaults, and every one is judged: %s', (_, seconds, lateBy) => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  expect(judged(seconds, lateBy, {})).toEqual([...everyWindow, goneInTheEnd])
  expect(warning).not.toHaveBeenCalled()
})

it('windows that close too late for the rules are told of, though nobody listens', () => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  expect(judged(30, () => 0, { maxDisorderMs: 10_000 })).toEqual([])
  expect(warning.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^a sample of load\|ST\[stat:average\] was 10\.001s old, more than staleAfterMs, 10s, /,
      ),
      { type: 'TocsinWarning', code: 'fault/stale' },
    ],
  ])
})
