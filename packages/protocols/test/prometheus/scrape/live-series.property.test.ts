import { buildSeries, type Sample, type Series } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createLiveSeries } from '../../../src/prometheus/scrape/live-series.ts'
import { createLabels } from '../../../src/prometheus/scrape/target-labels.ts'

const limits = { maxLabels: 4, maxLabelNameLength: 256, maxLabelValueLength: 256 }
const label = createLabels({ job: 'shop' }, false, limits)

/** One line of a page; two names and one label come to the same series of the target, and a third label is too much. */
const lines = fc.record<{ labels: Readonly<Record<string, string>>; hasTime: boolean }>({
  labels: fc.constantFrom({}, { a: '1' }, { job: 'x' }, { exported_job: 'x' }, { a: '1', b: '2', c: '3' }),
  hasTime: fc.boolean(),
})
const pages = fc.oneof(
  { weight: 4, arbitrary: fc.array(lines, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant('missing' as const) },
)

const named = (labels: Readonly<Record<string, string>>): Series => {
  const built = buildSeries('m', labels)
  if (!built.ok) throw new Error(built.message)
  return built.value
}

const keyOf = (labels: Readonly<Record<string, string>>): string | undefined => {
  const made = label(named(labels))
  return typeof made === 'string' || !made.ok ? undefined : made.value.key
}

describe('the series of a target', () => {
  it('are stale once, when they were on the page before and are not on this one, as a naive oracle has it', () => {
    fc.assert(
      fc.property(fc.array(pages, { maxLength: 12 }), (sequence) => {
        const live = createLiveSeries(label, true)
        // What was there last, and whether it had a time of its own.
        let before = new Map<string, boolean>()
        let known = new Set<string>()
        for (const [at, page] of sequence.entries()) {
          const to: Sample[] = []
          const time = 1000 * at
          const isRefused = page !== 'missing' && page.some(({ labels }) => keyOf(labels) === undefined)
          const now = new Map<string, boolean>()
          if (page === 'missing') live.miss(time, to)
          else {
            const sampled = page.map(({ labels, hasTime }): Sample => ({
              ...{ series: named(labels), time: hasTime ? time - 5 : time, value: 1, kind: 'gauge' },
              ...(hasTime && { receivedAt: time }),
            }))
            const taken = live.take(sampled, time, to, () => undefined)
            if (isRefused) {
              expect(taken).toBeTypeOf('string')
              expect(to).toEqual([])
              continue
            }
            for (const { labels, hasTime } of page) {
              const key = keyOf(labels) ?? ''
              now.set(key, hasTime && (now.get(key) ?? true))
            }
            expect(taken).toBe([...now.keys()].filter((key) => !known.has(key)).length)
            known = new Set(now.keys())
          }
          const gone = [...before].filter(([key, hasTime]) => !now.has(key) && !hasTime).map(([key]) => key)
          const told = to.filter(({ kind }) => kind === 'stale').map(({ series: { key } }) => key)
          expect(told.sort()).toEqual(gone.sort())
          before = now
        }
      }),
    )
  })
})
