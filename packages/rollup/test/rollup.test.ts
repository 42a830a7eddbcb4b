import type { Batch, Sample } from '@tocsin/core'
import { NEVER, Subject, concat, config, from, of, take, throwError } from 'rxjs'
import type { SchedulerLike } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { rollup, rollupValue, type RollupError, type RollupProblem, type RollupUpdate } from '../src/index.ts'
import { samples, virtualTime } from '../src/testing/index.ts'
import type { VirtualTime } from '../src/testing/index.ts'
import { hour, minute, sample } from './support/samples.ts'

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

const brief = ({ period, start, cause, revision, aggregate: state }: RollupUpdate): string =>
  `${period}@${start / 1000}s ${cause} #${revision} sum ${rollupValue(state, 'sum') ?? '-'} of ${state.count}`

const inMarbles = (test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void => {
  // That has a time of its own.
  time.end()
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test)
}

describe('rollup', () => {
  it('closes a window when a later sample shows that its time is over', () => {
    time = virtualTime({ start: hour })
    const seen: string[] = []
    from([sample('a', 0, 1), sample('a', 30_000, 2), sample('a', 69_999, 4), sample('a', 70_000, 8)])
      .pipe(rollup({ windows: ['1m', '5m'] }))
      .subscribe((update) => seen.push(brief(update)))
    expect(seen).toEqual([
      '1m@0s close #0 sum 3 of 2',
      '1m@60s end #0 sum 12 of 2',
      '5m@0s end #0 sum 15 of 4',
    ])
  })

  it('closes windows of a silent stream by the scheduler', () => {
    inMarbles(({ cold, expectObservable }) => {
      const source = cold<Sample>('a 9999ms b', { a: sample('a', 0, 1), b: sample('a', 10_000, 2) })
      const updates = concat(source, NEVER).pipe(rollup({ windows: ['1s', '20s'], maxDisorderMs: 500 }))
      expectObservable(updates, '^ 30s !').toBe('1500ms a 9999ms b 8999ms c', {
        a: expect.objectContaining({ period: '1s', start: 0, cause: 'close' }),
        b: expect.objectContaining({ period: '1s', start: 10_000, cause: 'close' }),
        c: expect.objectContaining({ period: '20s', start: 0, cause: 'close' }),
      })
    })
  })

  it('waits for a window of 30 days without a timer that is too long for the machine', async () => {
    const delays: number[] = []
    const scheduler: SchedulerLike = {
      now: () => time.now(),
      schedule: (work: Parameters<SchedulerLike['schedule']>[0], delay = 0) => {
        delays.push(delay)
        return time.schedule(work, delay)
      },
    }
    const seen: string[] = []
    concat(of(sample('a', 0, 1)), NEVER)
      .pipe(rollup({ windows: ['30d'], scheduler }))
      .subscribe((update) => seen.push(`${time.now()} ${brief(update)}`))
    await time.run()
    expect(seen).toEqual([`${30 * 24 * hour + 5000} 30d@0s close #0 sum 1 of 1`])
    expect(delays).toEqual([2 ** 31 - 1, 30 * 24 * hour + 5000 - (2 ** 31 - 1)])
  })

  it('tells of a longer window that cannot hold all kinds of its shorter ones', () => {
    const problems: string[] = []
    const seen: string[] = []
    from([sample('a', 0, 1), sample('a', minute, 'x', 'text'), sample('a', minute + 1, 'y', 'text')])
      .pipe(rollup({ windows: ['1m', '5m'], problems: { next: ({ reason }) => problems.push(reason) } }))
      .subscribe((update) => seen.push(brief(update)))
    expect(seen.at(-1)).toBe('5m@0s end #0 sum 1 of 1')
    expect(problems).toEqual(['kind-changed'])
  })

  it('replays old samples on a new clock with the same result', () => {
    const { list } = samples('a 0+1*500 @7001ms')
    const runAt = (start: number): RollupUpdate[] => {
      time = virtualTime({ start })
      const seen: RollupUpdate[] = []
      from(list)
        .pipe(rollup())
        .subscribe((update) => seen.push(update))
      return seen
    }
    expect(runAt(50 * 365 * 24 * hour)).toEqual(runAt(hour))
  })

  it('emits a window again when a late sample changes it, and the longer ones that closed', () => {
    time = virtualTime({ start: hour })
    const seen: string[] = []
    from([sample('a', 0, 1), sample('a', 5 * minute, 2), sample('a', 1000, 4)])
      .pipe(rollup({ windows: ['1m', '5m', '1h'], maxDisorderMs: 0, maxLateMs: hour }))
      .subscribe((update) => seen.push(brief(update)))
    expect(seen).toEqual([
      '1m@0s close #0 sum 1 of 1',
      '5m@0s close #0 sum 1 of 1',
      '1m@0s late #1 sum 5 of 2',
      '5m@0s late #1 sum 5 of 2',
      '1m@300s end #0 sum 2 of 1',
      '5m@300s end #0 sum 2 of 1',
      '1h@0s end #0 sum 7 of 3',
    ])
  })

  it('emits a window for the first time when all its samples are late', () => {
    time = virtualTime({ start: hour })
    const seen: string[] = []
    from([sample('a', 5 * minute, 2), sample('b', 1000, 4)])
      .pipe(rollup({ windows: ['1m'], maxLateMs: hour }))
      .subscribe((update) => seen.push(brief(update)))
    expect(seen[0]).toBe('1m@0s late #0 sum 4 of 1')
  })

  it('counts what it does not take, with the reason', () => {
    const problems = new Subject<RollupProblem>()
    const seen: RollupProblem[] = []
    problems.subscribe((problem) => seen.push(problem))
    time = virtualTime({ start: 2 * hour })
    const bad = [
      sample('a', 2 * hour, 1),
      sample('a', 2 * hour, NaN),
      sample('a', 3 * hour, 1),
      sample('a', 10, 1),
      sample('a', 2 * hour, 'x', 'text'),
      sample('a', 2 * hour, 'x'.repeat(513), 'text'),
      sample('b', 2 * hour, 1),
      sample('a', 2 * hour, { bins: [] }, 'histogram'),
    ]
    const updates: RollupUpdate[] = []
    from(bad)
      .pipe(rollup({ problems, maxSeries: 1, windows: ['1m'] }))
      .subscribe((update) => updates.push(update))
    expect(seen.map(({ reason }) => reason)).toEqual([
      'bad-value',
      'in-future',
      'too-late',
      'kind-changed',
      'text-cut',
      'kind-changed',
      'too-many-series',
      'unsupported-kind',
    ])
    expect(seen[2]).toMatchObject({ time: 2 * hour, series: 'a', sampleTime: 10, from: 'rollup', count: 1 })
    expect(updates).toHaveLength(1)
  })

  it('does not let one sample from the future close the present', () => {
    time = virtualTime({ start: hour })
    const seen: string[] = []
    from([sample('a', hour, 1), sample('a', 100 * hour, 2), sample('a', hour + 1, 4)])
      .pipe(rollup({ windows: ['1m'] }))
      .subscribe((update) => seen.push(brief(update)))
    expect(seen).toEqual([`1m@3600s end #0 sum 5 of 2`])
  })

  it('closes the windows of a sender with a fast clock by its own, and nothing of others before its time', async () => {
    const source = new Subject<Sample>()
    const seen: string[] = []
    source
      .pipe(rollup({ windows: ['1m'] }))
      .subscribe(({ series, start, cause }) =>
        seen.push(`${series.key} ${start / minute} ${cause} at ${time.now() / 1000}s`),
      )
    for (let second = 0; second <= 3 * 60; second += 30) {
      await time.advanceTo(second * 1000)
      source.next(sample('a', second * 1000, 1))
      source.next(sample('fast', (second + 240) * 1000, 1))
    }
    expect(seen).toEqual(['a 0 close at 65s', 'a 1 close at 125s'])
    await time.advanceTo(5 * minute + 5000)
    expect(seen.slice(2)).toEqual(['a 2 close at 185s', 'a 3 close at 245s', 'fast 4 close at 305s'])
    source.complete()
  })

  it('counts what is delivered twice once, unless it is an event', () => {
    const seen: string[] = []
    const sent = [sample('a', 0, 5), sample('b', 0, 5, 'observation')]
    from([...sent, ...sent])
      .pipe(rollup({ windows: ['1m'] }))
      .subscribe((update) => seen.push(`${update.series.key} ${brief(update)}`))
    expect(seen).toEqual(['a 1m@0s end #0 sum 5 of 1', 'b 1m@0s end #0 sum 10 of 2'])
  })

  it('shows ten problems of a reason per second, and how many it did not show', async () => {
    const seen: RollupProblem[] = []
    const source = new Subject<Sample>()
    source.pipe(rollup({ problems: { next: (problem) => seen.push(problem) } })).subscribe()
    for (let index = 0; index < 25; index += 1) source.next(sample('a', 0, NaN))
    await time.advanceTo(1000)
    source.next(sample('a', 0, NaN))
    expect(seen).toHaveLength(11)
    expect(seen.at(-1)).toMatchObject({ count: 16 })
  })

  it('warns, once for each reason, of samples that are not taken where nobody listens', () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    for (const options of [{}, { problems: new Subject<RollupProblem>() }]) {
      warning.mockClear()
      from([sample('a', 0, NaN), sample('a', 0, NaN), sample('a', -1, 1)])
        .pipe(rollup(options))
        .subscribe()
      expect(warning.mock.calls.map(([, kind]) => kind)).toEqual(
        ['rollup/bad-value', 'rollup/bad-time'].map((code) => ({ type: 'TocsinWarning', code })),
      )
    }
    warning.mockRestore()
  })

  it('throws on wrong options at the call', () => {
    const codeOf = (call: () => unknown): string => {
      try {
        call()
        return 'none'
      } catch (error) {
        return (error as RollupError).code
      }
    }
    expect(codeOf(() => rollup({ windows: ['5m', '1m'] }))).toBe('ROLLUP_BAD_OPTION')
    expect(codeOf(() => rollup({ maxSeries: 0 }))).toBe('ROLLUP_BAD_OPTION')
    expect(codeOf(() => rollup({ window: ['1m'] } as never))).toBe('ROLLUP_BAD_OPTION')
    expect(() => rollup({ windows: ['7m', '1h'] })).toThrow(
      /option "windows" must be .* each dividing the next/,
    )
  })
})

describe('batches', () => {
  const log: string[] = []
  const ack = (): void => void log.push('ack')
  const roll = (...source: (Sample | Batch<Sample>)[]): void => {
    log.length = 0
    time = virtualTime({ start: hour })
    from(source)
      .pipe(rollup({ windows: ['1m'], maxDisorderMs: 0 }))
      .subscribe({
        next: (update) => log.push(brief(update)),
        error: (error: unknown) => log.push(String(error)),
      })
  }

  it('are rolled up as their samples would be, and acknowledged when all were taken', () => {
    const values = [sample('a', 0, 1), sample('a', 1, 2), sample('a', minute, 4)]
    roll({ values, ack }, { values: [], ack }, sample('a', minute + 1, 8), {
      values: [sample('a', minute + 2, 16)],
      ack,
    })
    expect(log).toEqual(['1m@0s close #0 sum 3 of 2', 'ack', 'ack', 'ack', '1m@60s end #0 sum 28 of 3'])
  })

  it('lose no good sample to a bad one', () => {
    roll({ values: [null as never, sample('a', 0, NaN), sample('a', 0, 1)], ack })
    expect(log).toEqual(['ack', '1m@0s end #0 sum 1 of 1'])
  })

  it('lose no good sample to a listener of problems that throws', () => {
    vi.useFakeTimers()
    config.onUnhandledError = () => undefined
    const seen: string[] = []
    const problems = {
      next: ({ reason }: RollupProblem) => {
        seen.push(reason)
        throw new Error('no')
      },
    }
    of({ values: [sample('a', 0, NaN), sample('a', 0, 1)], ack: () => seen.push('ack') })
      .pipe(rollup({ windows: ['1m'], problems }))
      .subscribe((update) => seen.push(brief(update)))
    expect(seen).toEqual(['bad-value', 'ack', '1m@0s end #0 sum 1 of 1'])
    vi.runAllTimers()
    config.onUnhandledError = null
    vi.useRealTimers()
  })

  it('whose ack throws end the stream with that error', () => {
    const broken = (): void => {
      throw new Error('no such batch')
    }
    roll({ values: [sample('a', 0, 1), sample('a', minute, 2)], ack: broken }, sample('a', 2 * minute, 1))
    expect(log).toEqual(['1m@0s close #0 sum 1 of 1', 'Error: no such batch'])
  })
})

describe('the life of a rollup', () => {
  const one = sample('a', 0, 1)

  it('completes an empty source without a window', () => {
    inMarbles(({ cold, expectObservable }) => {
      expectObservable(cold<Sample>('---|').pipe(rollup())).toBe('---|')
    })
  })

  it('waits for a source that never says anything, without a timer', () => {
    const subscription = NEVER.pipe(rollup()).subscribe()
    expect(time.scheduled).toBe(0)
    subscription.unsubscribe()
  })

  it('passes an error on and emits nothing more', () => {
    const boom = new Error('boom')
    const seen: unknown[] = []
    concat(
      of(one),
      throwError(() => boom),
    )
      .pipe(rollup())
      .subscribe({ next: (update) => seen.push(update), error: (error: unknown) => seen.push(error) })
    expect(seen).toEqual([boom])
  })

  it('has one timer at a time, and none after unsubscribing, completing or failing', () => {
    for (const end of ['unsubscribe', 'complete', 'error'] as const) {
      const source = new Subject<Sample>()
      const subscription = source.pipe(rollup()).subscribe({ error: () => undefined })
      for (let index = 0; index < 50; index += 1) source.next(sample(`series ${index}`, index * 1000, 1))
      expect(time.scheduled).toBe(1)
      if (end === 'unsubscribe') subscription.unsubscribe()
      else if (end === 'complete') source.complete()
      else source.error(new Error('gone'))
      expect(time.scheduled).toBe(0)
      expect(source.observed).toBe(false)
    }
  })

  it('stops in the middle of an emission when its reader has enough', () => {
    time = virtualTime({ start: hour })
    const source = new Subject<Sample>()
    const seen: RollupUpdate[] = []
    source.pipe(rollup(), take(1)).subscribe((update) => seen.push(update))
    source.next(one)
    source.next(sample('b', 0, 1))
    source.next(sample('a', hour, 1))
    expect(seen).toHaveLength(1)
    expect(source.observed).toBe(false)
    expect(time.scheduled).toBe(0)
  })

  it('keeps the windows of two subscribers apart', () => {
    const updates = from([one, sample('a', 1, 1)]).pipe(rollup({ windows: ['1m'] }))
    const counts: number[] = []
    updates.subscribe(({ aggregate: state }) => counts.push(state.count))
    updates.subscribe(({ aggregate: state }) => counts.push(state.count))
    expect(counts).toEqual([2, 2])
  })

  it('takes samples that its own emissions cause', () => {
    time = virtualTime({ start: hour })
    const source = new Subject<Sample>()
    const seen: string[] = []
    source.pipe(rollup({ windows: ['1m'], maxDisorderMs: 0 })).subscribe((update) => {
      seen.push(brief(update))
      if (update.start === 0) source.next(sample('echo', update.end, 7))
    })
    source.next(one)
    source.next(sample('a', minute, 1))
    source.complete()
    expect(seen).toEqual([
      '1m@0s close #0 sum 1 of 1',
      '1m@60s end #0 sum 1 of 1',
      '1m@60s end #0 sum 7 of 1',
    ])
  })
})
