import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  anyDecimal,
  anyPowerCut,
  anySamples,
  anySeries,
  anyTags,
} from '../../src/testing/arbitraries/index.ts'
import { memoryFileSystem } from '../../src/testing/memory-file-system.ts'
import { samples } from '../../src/testing/samples/samples.ts'
import { series } from '../../src/series.ts'

const drawn = fc.sample(anySamples(), { numRuns: 500, seed: 1 })

describe('arbitrary streams of samples', () => {
  it('are what their notation says', () => {
    for (const sent of drawn) expect(samples(sent.text).list).toEqual(sent.list)
  })

  it.each<readonly [string, (sent: (typeof drawn)[number]) => boolean]>([
    ['gaps', ({ text }) => text.includes('_*')],
    ['late samples', (sent) => sent.list.some(({ time, receivedAt = time }) => time < receivedAt)],
    ['clocks that are ahead', (sent) => sent.list.some(({ time, receivedAt = time }) => time > receivedAt)],
    [
      'duplicates',
      (sent) => {
        const names = sent.list.map(
          ({ series: of, time, value }) => `${of.key} ${time} ${JSON.stringify(value)}`,
        )
        return new Set(names).size < names.length
      },
    ],
    [
      'counters that begin again',
      (sent) => {
        const counts = sent.list.filter(({ kind }) => kind === 'counter')
        return counts.some(({ value }, index) => Number(value) < Number(counts[index - 1]?.value ?? 0))
      },
    ],
    ['counters beyond doubles', (sent) => sent.list.some(({ exact }) => exact !== undefined)],
    ['weights', (sent) => sent.list.some(({ weight = 1 }) => weight > 1)],
    [
      'NaN and infinities',
      (sent) => sent.list.some(({ kind, value }) => kind !== 'stale' && !Number.isFinite(value)),
    ],
    ['ends of series', (sent) => sent.list.some(({ kind }) => kind === 'stale')],
    [
      'series out of step',
      (sent) => new Set(sent.list.map(({ time, receivedAt = time }) => receivedAt % 10_000)).size > 1,
    ],
    ['texts', (sent) => sent.list.some(({ kind }) => kind === 'text')],
    ['several series', (sent) => new Set(sent.list.map(({ series: of }) => of.key)).size > 1],
    ['nothing at all', (sent) => sent.list.length === 0],
  ])('hold %s', (_, holds) => {
    expect(drawn.some(holds)).toBe(true)
  })

  it('leave out what is not asked for', () => {
    const plain = fc.sample(anySamples({ series: [series('a')], kinds: ['gauge'], faults: [] }), {
      numRuns: 200,
      seed: 1,
    })
    for (const sent of plain) {
      const moments = sent.list.map(({ time, receivedAt = time }) => [time, receivedAt])
      const [[first = 0] = []] = moments
      expect(moments).toEqual(sent.list.map((__, index) => [first + index * 10_000, first + index * 10_000]))
    }
    expect(() => anySamples({ step: '0s' })).toThrow('step must be a duration')
  })

  it('take numbers that are none', () => {
    const kinds = ['counter', 'gauge'] as const
    const sent = fc.sample(anySamples({ kinds, values: fc.constant(NaN), faults: [] }), {
      numRuns: 50,
      seed: 1,
    })
    const values = sent.flatMap(({ list }) => list.map(({ kind, value }) => `${kind} ${Number(value)}`))
    expect(new Set(values)).toEqual(new Set(['counter 0', 'gauge NaN']))
  })

  it('shrink to the plain samples that a fault needs', () => {
    const never = fc.property(anySamples(), (sent) => !sent.list.some(({ value }) => Number(value) > 100))
    for (let seed = 1; seed <= 20; seed += 1) {
      const { counterexample } = fc.check(never, { seed, numRuns: 1000 })
      expect(String(counterexample?.[0])).toMatch(
        /^samples\("cpu (counter |delta |observation )?1\d\d @10s"\)$/,
      )
    }
    const inOrder = fc.property(anySamples({ kinds: ['gauge'] }), (sent) => {
      const times = sent.list.map(({ time }) => time)
      return times.every((time, index) => time >= (times[index - 1] ?? 0))
    })
    const { counterexample: late } = fc.check(inOrder, { seed: 3, numRuns: 1000 })
    expect(String(late?.[0])).toMatch(/^samples\("cpu -?\d@-\d+(ms|s|m|h) @10s"\)$/)
  })
})

describe('arbitrary numbers', () => {
  const numbers = fc.sample(anyDecimal(), { numRuns: 2000, seed: 1 })

  it('are such as people send, over many magnitudes', () => {
    const magnitudes = new Set(numbers.filter((n) => n !== 0).map((n) => Math.floor(Math.log10(Math.abs(n)))))
    for (let magnitude = -8; magnitude <= 11; magnitude += 1) expect(magnitudes).toContain(magnitude)
    expect(numbers.every((n) => Number.isFinite(n) && !Object.is(n, -0))).toBe(true)
    expect(numbers).toEqual(expect.arrayContaining([2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1]))
  })

  it('shrink to small whole numbers from wherever they are', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const { counterexample } = fc.check(
        fc.property(anyDecimal(), (number) => number <= 300),
        { seed, numRuns: 1000 },
      )
      expect(counterexample?.[0]).toBeLessThanOrEqual(1000)
    }
  })
})

describe('arbitrary series', () => {
  it('are names that can be read back, with awkward tags among them', () => {
    const names = fc.sample(anySeries(), { numRuns: 1000, seed: 1 })
    for (const { key, metric, tags } of names) expect(series(metric, tags).key).toBe(key)
    for (const tag of ['__proto__', 'größe', 'a:b']) {
      expect(names.some(({ tags }) => Object.hasOwn(tags, tag))).toBe(true)
    }
    expect(fc.sample(anyTags(), { numRuns: 100, seed: 1 }).some((tags) => Object.keys(tags).length > 2)).toBe(
      true,
    )
    const { counterexample } = fc.check(
      fc.property(anySeries(), () => false),
      { seed: 1 },
    )
    expect(counterexample?.[0]).toMatchObject({ key: 'cpu' })
  })
})

describe('an arbitrary power cut', () => {
  it('ends what is under way, and leaves what it says', async () => {
    const cuts = fc.sample(anyPowerCut({ maxOperation: 5 }), { numRuns: 200, seed: 1 })
    const left = new Set<string>()
    for (const cut of cuts) {
      const system = memoryFileSystem()
      system.stopAt(cut.operation)
      void (async () => {
        const file = await system.open('a', 'create')
        await file.write(new Uint8Array(2000).fill(1), 0)
        await file.sync()
        await system.syncDirectory('')
        await file.write(new Uint8Array(2000).fill(2), 2000)
      })()
      await new Promise(setImmediate)
      const found = (await system.powerCut(cut).readFile('a')) ?? new Uint8Array(0)
      left.add(`${found.filter((byte) => byte === 1).length} ${found.filter((byte) => byte === 2).length}`)
      expect(fc.stringify(cut)).toContain(`a power cut at operation ${cut.operation} that leaves`)
    }
    expect(left.size).toBeGreaterThan(4)
    expect(left).toContain('0 0')
    expect(left).toContain('2000 0')
    expect(left).toContain('2000 2000')
  })
})
