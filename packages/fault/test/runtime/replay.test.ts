import { config, NEVER, of, Subject, take, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'

import {
  type Batch,
  type FaultInput,
  type FaultProblem,
  replay,
  type ReplayOptions,
  type ReplaySource,
  ruleSet,
  series,
} from '../../src/index.ts'

const load = series('load')
const rules = [
  ruleSet('load').select('__name:load').above(8, 2).build(),
  ruleSet('silent').select('__name:load').absentFor('1m', 1).build(),
]
const at = (second: number, value = 1, more: Partial<FaultInput> = {}): FaultInput => ({
  series: load,
  time: second * 1000,
  value,
  kind: 'gauge',
  ...more,
})
const batch = (values: readonly FaultInput[], ack = vi.fn()): Batch<FaultInput> => ({ values, ack })

/** What a replay tells: seconds, type, rule set. */
function told(source: ReplaySource<FaultInput>, options: ReplayOptions = {}): string[] {
  const lines: string[] = []
  replay(source, rules, { open: [], ...options }).subscribe({
    next: ({ time, type, ruleSet }) => lines.push(`${time / 1000} ${type} ${ruleSet}`),
    error: (error: unknown) => lines.push(String(error)),
    complete: () => lines.push('complete'),
  })
  return lines
}

describe('replay', () => {
  it('tells what was due between samples, and ends with the last', () => {
    expect(told([at(0), at(200, 9), at(201)])).toEqual([
      '60 opened silent',
      '200 opened load',
      '200 cleared silent',
      '201 cleared load',
      'complete',
    ])
  })

  it('tells what is due until a moment, and judges nothing that was received later', () => {
    const samples = [at(0), at(100, 9, { receivedAt: 130_000 })]
    const late = { until: 120_000 }
    expect(told(samples, late)).toEqual(['60 opened silent', 'complete'])
    expect(told([at(0)], { until: 69_999 })).toEqual(['complete'])
    expect(told([at(0)], { until: 70_000 })).toEqual(['60 opened silent', 'complete'])
  })

  it('leaves a source that goes beyond, and does not acknowledge what it did not judge', () => {
    const source = new Subject<FaultInput | Batch<FaultInput>>()
    const lines = told(source, { until: 10_000 })
    const acks = [vi.fn(), vi.fn()]
    source.next(batch([at(0, 9)], acks[0]))
    source.next(batch([at(10, 1), at(11, 9)], acks[1]))
    expect(lines).toEqual(['0 opened load', '10 cleared load', 'complete'])
    expect(source.observed).toBe(false)
    expect(acks.map((ack) => ack.mock.calls.length)).toEqual([1, 0])
  })

  it('reads an iterable at subscribe, and leaves it where the observer leaves', () => {
    let state = 'not begun'
    const source = {
      *[Symbol.iterator]() {
        try {
          for (let second = 0; ; second += 1) {
            state = `read ${second}`
            yield at(second, second % 2 === 0 ? 1 : 9)
          }
        } finally {
          state += ', left'
        }
      },
    }
    const replayed = replay(source, rules, { open: [] })
    expect(state).toBe('not begun')
    replayed.pipe(take(2)).subscribe()
    expect(state).toBe('read 2, left')
    replayed.pipe(take(1)).subscribe()
    expect(state).toBe('read 1, left')
  })

  it('reads an iterable that takes its time, in batches', async () => {
    const log: string[] = []
    const source = (async function* () {
      for (let second = 0; second < 4; second += 2) {
        await Promise.resolve()
        yield batch(
          [at(second, 9), at(second + 1, 1)],
          vi.fn(() => log.push('ack')),
        )
      }
    })()
    await new Promise<void>((resolve) => {
      replay(source, rules, { open: [] }).subscribe({
        next: ({ type, time }) => log.push(`${time / 1000} ${type}`),
        complete: resolve,
      })
    })
    expect(log).toEqual(['0 opened', '1 cleared', 'ack', '2 opened', '3 cleared', 'ack'])
  })

  it('never goes back: what was received before is judged at the latest moment', () => {
    const problems: FaultProblem[] = []
    const lines = told([at(100), at(0, 9, { series: series('load', { host: 'b' }) })], {
      problems: { next: (problem) => problems.push(problem) },
    })
    expect(lines).toEqual(['complete'])
    expect(problems).toMatchObject([{ reason: 'stale', time: 100_000 }])
  })

  it('takes what is no sample for a problem, wherever it stands', () => {
    const bad = [null, { series: load, time: NaN, value: 1 }, {}] as FaultInput[]
    const reasons: string[] = []
    const problems = { next: ({ reason }: FaultProblem) => reasons.push(reason) }
    expect(told([...bad, at(0, 9), batch([...bad, at(1, 1), ...bad])], { problems })).toEqual([
      '0 opened load',
      '1 cleared load',
      'complete',
    ])
    expect(reasons).toContain('bad-series')
    expect(reasons).toContain('bad-time')
  })

  it('fails with the source, and with what an acknowledgement throws', () => {
    const ack = (): never => {
      throw new Error('no such batch')
    }
    expect(told(throwError(() => new Error('gone')))).toEqual(['Error: gone'])
    expect(told([{ values: [at(0, 9)], ack }])).toEqual(['0 opened load', 'Error: no such batch'])
  })

  it('goes on with the faults of a store, and clears those that nobody watches', () => {
    const events: unknown[] = []
    replay([at(0, 9)], rules, { open: [] }).subscribe((event) => events.push(event))
    const opened = events[0] as { readonly ruleSet: string; readonly id: string }
    const store = {
      openAlerts: () => [{ signal: opened }, { signal: { ...opened, ruleSet: 'x', id: 'load|load|0|0' } }],
    }
    expect(told([at(5, 1)], { open: store as never })).toEqual(['5 cleared x', '5 cleared load', 'complete'])
  })

  it('says normal where nobody knows what was open', () => {
    const types: string[] = []
    replay([at(0)], rules).subscribe(({ type }) => types.push(type))
    expect(types).toEqual(['normal', 'normal'])
  })

  it('goes on when the observer of problems throws', () => {
    vi.useFakeTimers()
    config.onUnhandledError = () => undefined
    const problems = {
      next: () => {
        throw new Error('no')
      },
    }
    expect(told([at(100), at(0), at(101, 9)], { problems })).toEqual(['101 opened load', 'complete'])
    vi.runAllTimers()
    config.onUnhandledError = null
    vi.useRealTimers()
  })

  it.each<[string, object]>([
    ['a name that is not known', { scheduler: {} }],
    ['no moment', { until: Infinity }],
    ['open faults that are no list', { open: {} }],
  ])('throws at the call: %s', (_, options) => {
    expect(() => replay(NEVER, rules, options)).toThrow(expect.objectContaining({ code: 'FAULT_BAD_OPTION' }))
  })

  it('throws at the call: a bad rule set', () => {
    expect(() => replay(of(at(0)), [{ ...rules[0]!, select: '(' }])).toThrow(
      expect.objectContaining({ code: 'FAULT_BAD_RULESET' }),
    )
  })
})
