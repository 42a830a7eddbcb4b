import { from, of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { CheckResult } from '../../src/checks/check.ts'
import { checkSamples } from '../../src/checks/check-samples.ts'
import { series } from '../../src/index.ts'
import { firstOf } from '../sockets.ts'

const result: CheckResult = {
  type: 'check',
  check: 'web',
  time: 5000,
  startedAt: 5010,
  lateMs: 10,
  durationMs: 42,
  available: 'yes',
  state: 'good',
  attempt: 1,
  attempts: 1,
  hard: true,
  status: 'good',
  samples: [],
}
const unasked = { available: 'unknown', state: 'unknown', hard: false, durationMs: 0 } as const

describe('checkSamples', () => {
  it('gives available, duration and state, and what the check measured, with its name as tag', async () => {
    const code = { series: series('code', { zone: 'a' }), time: 5050, value: 200, kind: 'gauge' } as const
    const measured = { ...result, samples: [code] }
    const failed = { ...result, available: 'no', state: 'bad', reason: 'timed-out' } as const
    const skipped = { ...result, ...unasked, reason: 'missed' } as const
    const samples = await firstOf(of(measured, failed, skipped).pipe(checkSamples(), toArray()))
    expect(samples.map(({ series: { key }, value, time, kind }) => [key, value, time, kind])).toEqual([
      ['available|ST[check:web]', 1, 5000, 'gauge'],
      ['duration|ST[check:web]', 42, 5000, 'gauge'],
      ['state|ST[check:web]', 0, 5000, 'state'],
      ['code|ST[check:web,zone:a]', 200, 5050, 'gauge'],
      ['available|ST[check:web]', 0, 5000, 'gauge'],
      ['duration|ST[check:web]', 42, 5000, 'gauge'],
      ['state|ST[check:web]', 2, 5000, 'state'],
      ['state|ST[check:web]', 3, 5000, 'state'],
    ])
    expect(samples[0]?.series).toBe(samples[4]?.series)
  })

  it('gives the hard state of a check that has attempts, and no availability where nobody knows it', async () => {
    const soft = { ...result, state: 'warning', attempt: 1, attempts: 2, hard: false } as const
    const hard = { ...soft, attempt: 2, hard: true, available: 'unknown' } as const
    const removed = { ...result, ...unasked, reason: 'removed' } as const
    const samples = await firstOf(from([soft, hard, removed]).pipe(checkSamples(), toArray()))
    expect(samples.map(({ series: { metric }, value }) => `${metric} ${JSON.stringify(value)}`)).toEqual([
      ...['available 1', 'duration 42', 'state 1'],
      ...['duration 42', 'state 1', 'hard_state 1'],
      'state 3',
    ])
  })

  it('takes batches too, and acknowledges each when its samples were emitted', () => {
    const skipped: CheckResult = { ...result, ...unasked, reason: 'missed' }
    const order: unknown[] = []
    const batch = { values: [skipped, { ...skipped, time: 6000 }], ack: () => order.push('acknowledged') }
    of(batch, { ...skipped, time: 7000 })
      .pipe(checkSamples())
      .subscribe(({ time }) => order.push(time))
    expect(order).toEqual([5000, 6000, 'acknowledged', 7000])
  })
})
