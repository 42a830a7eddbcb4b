import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { BoundedOptions, BoundedBatch } from '../src/rx/bounded.ts'
import { bounded } from '../src/rx/bounded.ts'

type Policy = NonNullable<BoundedOptions['policy']>
type Step = 'arrive' | 'ack' | 'late ack'

const policies = fc.constantFrom<Policy>('drop-oldest', 'drop-newest')
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>('arrive') },
    { weight: 1, arbitrary: fc.constantFrom<Step>('ack', 'late ack') },
  ),
  { maxLength: 200 },
)

/** What should come out, by arrays that are shifted. */
function createModel(
  max: number,
  policy: Policy,
): {
  readonly out: unknown[]
  readonly waiting: number[]
  arrive(value: number): void
  ack(): void
} {
  const out: unknown[] = []
  const waiting: number[] = []
  let lost = 0
  let busy = false
  const flush = (): void => {
    if (!busy && waiting.length > 0) {
      out.push({ values: waiting.splice(0), dropped: lost })
      lost = 0
      busy = true
    }
  }
  return {
    out,
    waiting,
    arrive: (value) => {
      waiting.push(value)
      if (waiting.length > max) {
        if (policy === 'drop-oldest') waiting.shift()
        else waiting.pop()
        lost += 1
      }
      flush()
    },
    ack: () => {
      busy = false
      flush()
    },
  }
}

describe('bounded(), whatever comes and is acknowledged when', () => {
  it('hands over what the model does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), policies, steps, (max, policy, list) => {
        const model = createModel(max, policy)
        const source = new Subject<number>()
        const out: BoundedBatch<number>[] = []
        const operator = bounded<number>({ max, policy })
        let completed = false
        source
          .pipe(operator)
          .subscribe({ next: (batch) => out.push(batch), complete: () => (completed = true) })
        let arrived = 0
        for (const step of list) {
          if (step === 'arrive') {
            arrived += 1
            model.arrive(arrived)
            source.next(arrived)
          } else if (step === 'ack') {
            model.ack()
            out.at(-1)?.ack()
          } else out.at(-2)?.ack()
          const emitted = out.reduce((sum, { values }) => sum + values.length, 0)
          expect(emitted + operator.dropped + model.waiting.length).toBe(arrived)
        }
        source.complete()
        if (model.waiting.length > 0) {
          model.ack()
          out.at(-1)?.ack()
        }
        expect(out.map(({ values, dropped }) => ({ values, dropped }))).toEqual(model.out)
        expect(completed).toBe(true)
      }),
    )
  })

  it('tells where in the stream each loss is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), policies, steps, (max, policy, list) => {
        const source = new Subject<number>()
        let expected = 1
        let out: BoundedBatch<number> | undefined
        source.pipe(bounded({ max, policy })).subscribe((batch) => {
          out = batch
          expect(batch.values.length).toBeLessThanOrEqual(max)
          if (policy === 'drop-oldest') expected += batch.dropped
          for (const value of batch.values) {
            expect(value).toBe(expected)
            expected += 1
          }
          if (policy !== 'drop-oldest') expected += batch.dropped
        })
        let arrived = 0
        for (const step of list) {
          if (step === 'arrive') source.next((arrived += 1))
          else out?.ack()
        }
        source.complete()
        out?.ack()
        expect(expected).toBe(arrived + 1)
      }),
    )
  })
})
