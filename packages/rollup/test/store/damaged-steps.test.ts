import { describe, expect, it } from 'vitest'

import type { RollupValue } from '../../src/store.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { directory, LivingStore } from './living/living-store.ts'

/** Two sealed days of a counter and a gauge, a sample a minute; of the first one the minutes cannot be read. */
async function damagedDay(gapMs = 0): Promise<LivingStore> {
  const times = Array.from({ length: (2 * day) / minute }, (_, at) => at * minute + 7)
  const samples = times
    .filter((time) => time < day || time >= day + gapMs)
    .flatMap((time, at) => [sample('sent', time, at * 5, 'counter'), sample('load', time, at % 7)])
  const all = [...samples, sample('load', 2 * day + hour, 1), sample('load', 2 * day + 2 * hour, 1)]
  const before = new LivingStore({ rawHorizonMs: 0, timeAverage: true })
  await before.open()
  await before.writeRest(all)
  await before.store.flush()
  await before.store.close()
  const names = (await before.memory.list(directory)).filter((name) => name.endsWith('.seg'))
  const [first = ''] = names.sort((a, b) => parseInt(a) - parseInt(b))
  const bytes = before.memory.contents(`${directory}/${first}`)
  bytes.fill(0xff, 0, bytes.length >> 2)
  const living = new LivingStore({ rawHorizonMs: 0, timeAverage: true })
  living.memory = before.memory
  await living.open()
  return living
}

async function flags(
  { store }: LivingStore,
  metric: string,
  value: RollupValue,
  from: number,
  to: number,
): Promise<number[]> {
  const [fetched] = await store.fetch({ select: `__name:${metric}`, from, to, period: '1m', value })
  return [...(fetched?.inexact ?? new Uint8Array(fetched?.values.length ?? 0))]
}

describe('a value that begins at the reading before its slot', () => {
  it.each([
    ['sent', 'rate'],
    ['sent', 'increase'],
    ['load', 'timeAverage'],
  ] as const)('is flagged where that cannot be read, and no other is: %s, %s', async (metric, value) => {
    const living = await damagedDay()
    expect(await flags(living, metric, value, day, day + 4 * minute)).toEqual([1, 0, 0, 0])
    expect(await flags(living, metric, value, day - 2 * minute, day + 2 * minute)).toEqual([1, 1, 1, 0])
    expect(living.problems).toContain('damaged-block')
  })

  it('is flagged behind a pause, as far as the reading before would count', async () => {
    const living = await damagedDay(3 * minute)
    expect(await flags(living, 'sent', 'increase', day, day + 5 * minute)).toEqual([0, 0, 0, 1, 0])
  })

  it('is the only one: values of a slot alone are not', async () => {
    const living = await damagedDay()
    for (const value of ['count', 'sum', 'last'] as const) {
      expect(await flags(living, 'load', value, day, day + 4 * minute), value).toEqual([0, 0, 0, 0])
    }
  })
})
