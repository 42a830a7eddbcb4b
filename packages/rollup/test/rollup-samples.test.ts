import { series } from '@tocsin/core'
import { EMPTY, from, NEVER, of, Subject, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'

import {
  rollup,
  rollupSamples,
  type RollupOptions,
  type RollupProblem,
  type RollupSample,
  type RollupSamplesOptions,
  type RollupUpdate,
  type RollupValue,
  type Sample,
} from '../src/index.ts'
import { minute, sample } from './support/samples.ts'

const brief = ({ series: { key }, time, value, kind, revision }: RollupSample): string =>
  `${key} ${time} ${JSON.stringify(value)} ${kind} #${revision}`

/** What becomes of samples in windows of a minute. */
function valuesOf(
  samples: readonly Sample[],
  values: RollupValue | readonly RollupValue[],
  { windows = ['1m'], ...options }: RollupOptions & RollupSamplesOptions = {},
): string[] {
  const { corrections, problems, ...bounds } = options
  const seen: string[] = []
  from(samples)
    .pipe(rollup({ windows, ...bounds }), rollupSamples(values, { corrections, problems }))
    .subscribe((one) => seen.push(brief(one)))
  return seen
}

describe('rollupSamples', () => {
  it('gives each wanted value of a window as a sample of its last millisecond', () => {
    const cpu = { ...sample('cpu', 0, 10), series: series('cpu', { host: 'a' }) }
    expect(valuesOf([cpu, { ...cpu, time: 1000, value: 30 }], ['average', 'max'])).toEqual([
      'cpu|ST[host:a,stat:average] 59999 20 gauge #0',
      'cpu|ST[host:a,stat:max] 59999 30 gauge #0',
    ])
  })

  it('gives a sample that falls into its own window again', () => {
    const windows: number[] = []
    from([sample('a', 0, 1), sample('a', 5 * minute, 1)])
      .pipe(rollup({ windows: ['5m'] }), rollupSamples('average'), rollup({ windows: ['5m'] }))
      .subscribe(({ start }) => windows.push(start))
    expect(windows).toEqual([0, 5 * minute])
  })

  it('gives texts as texts, and nothing where a window has no such value', () => {
    const samples = [sample('a', 0, 'up', 'text'), sample('b', 0, 5), sample('c', 0, 5, 'counter')]
    expect(valuesOf(samples, ['last', 'average', 'rate'])).toEqual([
      'a|ST[stat:last] 59999 "up" text #0',
      'b|ST[stat:last] 59999 5 gauge #0',
      'b|ST[stat:average] 59999 5 gauge #0',
      'c|ST[stat:last] 59999 5 gauge #0',
    ])
  })

  it('gives corrections only where they are asked for, each with its revision', () => {
    const samples = [
      sample('a', 0, 1),
      sample('a', 2 * minute, 2),
      sample('a', 1000, 4),
      sample('a', 2000, 8),
    ]
    const all = [
      'a|ST[stat:sum] 59999 1 gauge #0',
      'a|ST[stat:sum] 59999 5 gauge #1',
      'a|ST[stat:sum] 59999 13 gauge #2',
      'a|ST[stat:sum] 179999 2 gauge #0',
    ]
    expect(valuesOf(samples, 'sum', { corrections: true })).toEqual(all)
    expect(valuesOf(samples, 'sum')).toEqual(all.filter((one) => one.endsWith('#0')))
  })

  it('names the length of all windows but the shortest, which would be the same series', () => {
    expect(valuesOf([sample('a', 0, 1)], 'sum', { windows: ['1m', '5m'] })).toEqual([
      'a|ST[stat:sum] 59999 1 gauge #0',
      'a|ST[period:5m,stat:sum] 299999 1 gauge #0',
    ])
  })

  it('keeps in front what such a tag says already', () => {
    const seen: string[] = []
    from([sample('a', 0, 1)])
      .pipe(
        rollup({ windows: ['1m'] }),
        rollupSamples('average'),
        rollup({ windows: ['1h'] }),
        rollupSamples('max'),
      )
      .subscribe(({ series: { key } }) => seen.push(key))
    expect(seen).toEqual(['a|ST[stat:average.max]'])
  })

  it('makes the series of a window and value once', () => {
    const seen = new Set<unknown>()
    from([sample('a', 0, 1), sample('a', minute, 1), sample('a', 2 * minute, 1)])
      .pipe(rollup({ windows: ['1m'] }), rollupSamples(['min', 'max']))
      .subscribe(({ series: of }) => seen.add(of))
    expect(seen.size).toBe(2)
  })

  it('tells of a series that takes no further tag, for each of its windows', () => {
    const tags = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`tag${index}`, 'x']))
    const full = { ...sample('a', 0, 1), series: series('full', tags) }
    const problems: RollupProblem[] = []
    const samples = [full, sample('a', 0, 1), { ...full, time: 2 * minute }]
    const listener = { next: (problem: RollupProblem) => problems.push(problem) }
    expect(valuesOf(samples, 'sum', { problems: listener })).toEqual(['a|ST[stat:sum] 59999 1 gauge #0'])
    expect(problems).toMatchObject(
      [59_999, 179_999].map((sampleTime) => ({
        from: 'rollup',
        reason: 'bad-series',
        count: 1,
        series: full.series.key,
        sampleTime,
      })),
    )
    expect(problems[0]?.message).toContain('it takes no tag stat: a series has at most 256 tags')

    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    expect(valuesOf(samples, 'sum')).toHaveLength(1)
    expect(warning).toHaveBeenCalledTimes(1)
    warning.mockRestore()
  })

  it.each<[string, unknown, unknown]>([
    ['a value that there is not', 'mean', {}],
    ['no value', [], {}],
    ['a value twice', ['sum', 'sum'], {}],
    ['an option that there is not', 'sum', { revision: true }],
    ['a wrong option', 'sum', { corrections: 1 }],
  ])('throws at the call for %s', (_, values, options) => {
    expect(() => rollupSamples(values as RollupValue, options as RollupSamplesOptions)).toThrow(
      expect.objectContaining({ code: 'ROLLUP_BAD_OPTION', retryable: false }),
    )
  })

  it('completes and fails with its source, says nothing of its own, and lets go', () => {
    const gone = new Error('gone')
    const ends: unknown[] = []
    const observer = {
      next: () => ends.push('next'),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    }
    EMPTY.pipe(rollupSamples('sum')).subscribe(observer)
    throwError(() => gone)
      .pipe(rollupSamples('sum'))
      .subscribe(observer)
    NEVER.pipe(rollupSamples('sum')).subscribe(observer).unsubscribe()
    const source = new Subject<RollupUpdate>()
    source.pipe(rollupSamples('sum')).subscribe(observer).unsubscribe()
    expect([ends, source.observed]).toEqual([['complete', gone], false])
    of(sample('a', 0, 1))
      .pipe(rollup({ windows: ['1m'] }), rollupSamples('sum'))
      .subscribe(observer)
    expect(ends).toEqual(['complete', gone, 'next', 'complete'])
  })
})
