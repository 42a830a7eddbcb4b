import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Codec } from '../src/index.ts'
import { bytesCodec, jsonCodec } from '../src/index.ts'
import type { Sample } from '../src/samples.ts'
import { sampleCodec, series } from '../src/samples.ts'

interface Call<T> {
  readonly values: readonly T[]
  readonly most: number
  readonly isReset: boolean
}

/** Each call takes all or nothing; what was taken since the last reset is what the frame holds. */
function takes<T>(codec: Codec<T>, call: fc.Arbitrary<T | 'wrong'>): void {
  const calls: fc.Arbitrary<readonly Call<T | 'wrong'>[]> = fc.array(
    fc.record({
      values: fc.array(call, { minLength: 1, maxLength: 4 }),
      most: fc.oneof({ weight: 3, arbitrary: fc.constant(100_000) }, fc.integer({ min: 0, max: 400 })),
      isReset: fc.integer({ min: 0, max: 5 }).map((chance) => chance === 0),
    }),
    { maxLength: 12 },
  )
  let refused = 0
  fc.assert(
    fc.property(calls, (program) => {
      const encoder = codec.encoder!()
      let taken: T[] = []
      for (const { values, most, isReset } of program) {
        if (isReset) {
          encoder.reset()
          taken = []
        }
        try {
          const bytes = encoder.add(values as T[], most)
          if (bytes <= most) taken.push(...(values as T[]))
          else refused += 1
        } catch {
          expect(values).toContain('wrong')
          refused += 1
        }
        if (taken.length > 0) expect(codec.decode(encoder.body())).toEqual(taken)
      }
    }),
  )
  expect(refused).toBeGreaterThan(0)
}

const keys = fc.tuple(fc.constantFrom('cpu', 'größe', 'm'), fc.constantFrom('a', 'b', 'c', 'long'.repeat(20)))
const sample: fc.Arbitrary<Sample | 'wrong'> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('wrong' as const) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(keys, fc.nat(), fc.option(fc.constantFrom('one', 'two', 'three'), { nil: undefined }))
      .map(([[metric, host], value, source]) => ({
        series: series(metric, { host }),
        ...{ time: 1_700_000_000_000 + value, value, kind: 'gauge' as const },
        ...(source !== undefined && { source }),
      })),
  },
)

describe('a frame that is encoded as records come', () => {
  it('holds just the samples that were taken, with no series or source of those that were not', () => {
    takes<Sample>(sampleCodec(), sample)
  })

  it('holds just the JSON values that were taken', () => {
    const value = fc.oneof(fc.string(), fc.record({ user: fc.string(), id: fc.nat() }))
    const codec = jsonCodec<unknown>()
    const strict: Codec<unknown> = {
      ...{
        name: codec.name,
        encode: (values) => codec.encode(values),
        decode: (bytes) => codec.decode(bytes),
      },
      encoder: () => {
        const inner = codec.encoder!()
        const add = (values: readonly unknown[], most: number): number =>
          inner.add(
            values.map((one) => (one === 'wrong' ? undefined : one)),
            most,
          )
        return { add, body: () => inner.body(), reset: () => inner.reset() }
      },
    }
    takes<unknown>(strict, fc.oneof({ weight: 8, arbitrary: value }, fc.constant('wrong' as const)))
  })

  it('holds just the bytes that were taken', () => {
    const bytes = fc.uint8Array({ maxLength: 90 })
    takes<Uint8Array>(bytesCodec(), fc.oneof({ weight: 8, arbitrary: bytes }, fc.constant('wrong' as const)))
  })
})
