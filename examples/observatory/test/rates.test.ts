import type { Problem } from '@tocsin/protocols'
import { describe, expect, it } from 'vitest'

import { ProblemRecord } from '../server/live/problem-record.ts'
import { Rates } from '../server/live/rates.ts'

describe('the rates of the sources', () => {
  const at = (rates: Rates, time: number, samples: number): number | undefined =>
    rates.read([{ name: 'statsd', port: 8125, samples }], time)[0]?.perSecond

  it('are not known before two readings, then from the one before', () => {
    const rates = new Rates()
    expect(rates.read([{ name: 'statsd', port: 8125, samples: 10 }], 0)).toEqual([
      { name: 'statsd', port: 8125, samples: 10 },
    ])
    expect(at(rates, 5000, 60)).toBe(10)
    expect(at(rates, 10_000, 60)).toBe(0)
  })

  it('are not those of a pause in which nobody looked', () => {
    const rates = new Rates()
    at(rates, 0, 0)
    expect(at(rates, 600_000, 600_000)).toBeUndefined()
    expect(at(rates, 605_000, 600_500)).toBe(100)
  })

  it('are over seconds, however often a page is loaded meanwhile, but for the very first', () => {
    const rates = new Rates()
    at(rates, 0, 0)
    expect(at(rates, 1000, 40)).toBe(40)
    // A burst of the second in which somebody loads the page.
    expect(at(rates, 2500, 1040)).toBe(40)
    expect(at(rates, 4900, 1040)).toBe(40)
    expect(at(rates, 6000, 1040)).toBe(200)
  })

  it('stay what they are where two ask at almost the same time', () => {
    const rates = new Rates()
    at(rates, 0, 0)
    at(rates, 5000, 50)
    expect(at(rates, 5001, 51)).toBe(10)
    expect(at(rates, 10_000, 100)).toBe(10)
  })
})

describe('the record of problems', () => {
  const problem = (reason: string, count = 1, time = 0): Problem<string> => ({
    type: 'problem',
    from: 'statsd',
    reason,
    message: `${reason} at ${time}`,
    time,
    count,
  })

  it('counts all and tells the latest of each reason, newest first', () => {
    const record = new ProblemRecord()
    for (const one of [problem('bad-line', 1, 1), problem('overflow', 5, 2), problem('bad-line', 3, 3)]) {
      record.next(one)
    }
    expect(record.read()).toEqual({
      total: 9,
      latest: [
        { from: 'statsd', reason: 'bad-line', time: 3, message: 'bad-line at 3', count: 4 },
        { from: 'statsd', reason: 'overflow', time: 2, message: 'overflow at 2', count: 5 },
      ],
    })
  })

  it('keeps twenty, and counts the others', () => {
    const record = new ProblemRecord()
    for (let number = 0; number < 50; number++) record.next(problem(`reason-${number}`))
    const { total, latest } = record.read()
    expect([total, latest.length, latest[0]?.reason, latest[19]?.reason]).toEqual([
      50,
      20,
      'reason-49',
      'reason-30',
    ])
  })

  it('cuts a message that is as long as what was sent', () => {
    const record = new ProblemRecord()
    record.next(problem('x'.repeat(10_000)))
    expect(record.read().latest[0]?.message).toHaveLength(500)
  })
})
