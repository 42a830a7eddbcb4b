import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { CheckResult } from '../../src/checks/check.ts'
import { checkSamples } from '../../src/checks/check-samples.ts'
import { series } from '../../src/index.ts'
import { firstOf } from '../sockets.ts'

describe('checkSamples', () => {
  it('gives available, duration and state, and what the check measured, with its name as tag', async () => {
    const result: CheckResult = {
      type: 'check',
      check: 'web',
      time: 5000,
      startedAt: 5010,
      lateMs: 10,
      durationMs: 42,
      status: 'ok',
      samples: [{ series: series('code', { zone: 'a' }), time: 5050, value: 200, kind: 'gauge' }],
    }
    const failed = { ...result, status: 'timeout', reason: 'timed-out', samples: [] } as const
    const skipped = { ...failed, status: 'skipped', reason: 'missed' } as const
    const samples = await firstOf(of(result, failed, skipped).pipe(checkSamples(), toArray()))
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

  it('takes batches too, and acknowledges each when its samples were emitted', () => {
    const result: CheckResult = {
      type: 'check',
      check: 'web',
      time: 5000,
      startedAt: 5000,
      lateMs: 0,
      durationMs: 0,
      status: 'skipped',
      samples: [],
    }
    const order: unknown[] = []
    const batch = { values: [result, { ...result, time: 6000 }], ack: () => order.push('acknowledged') }
    of(batch, { ...result, time: 7000 })
      .pipe(checkSamples())
      .subscribe(({ time }) => order.push(time))
    expect(order).toEqual([5000, 6000, 'acknowledged', 7000])
  })
})
