import { anyCodePoint } from '@tocsin/core/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { sampleKinds } from '../src/samples/sample-format.ts'
import type { Sample, SampleKind, SampleOf, SampleValues } from '../src/samples.ts'
import { JournalError, bytesCodec, jsonCodec } from '../src/index.ts'
import { sampleCodec, series } from '../src/samples.ts'

const wellFormed = fc.string({ unit: anyCodePoint, maxLength: 20 })
const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 2 ** 48, -(2 ** 48), 2 ** 52, 2 ** 53, -(2 ** 53), 2 ** 31, 128, 127, Infinity, NaN),
)
const anySeries = fc
  .tuple(
    fc.constantFrom('cpu', 'memory.used', 'größe', 'a b'),
    fc.dictionary(fc.constantFrom('host', 'core', 'zone', 'π'), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
  )
  .map(([metric, tags]) => series(metric, tags))
const histogram = fc
  .array(fc.tuple(anyNumber, anyNumber, anyNumber), { maxLength: 4 })
  .map((bins) => ({ bins: bins.map(([value, exponent, count]) => ({ value, exponent, count })) }))
const sampleOf = <Kind extends SampleKind>(
  kind: Kind,
  value: fc.Arbitrary<SampleValues[Kind]>,
): fc.Arbitrary<SampleOf<Kind>> =>
  fc.record(
    {
      series: anySeries,
      time: fc.oneof(anyNumber, fc.integer({ min: 1_700_000_000_000, max: 1_700_000_060_000 })),
      value,
      kind: fc.constant(kind),
      weight: anyNumber,
      exact: fc.bigInt({ min: -(2n ** 128n), max: 2n ** 128n }),
      source: wellFormed,
      receivedAt: anyNumber,
    },
    { requiredKeys: ['series', 'time', 'value', 'kind'], noNullPrototype: true },
  )
const sample: fc.Arbitrary<Sample> = fc.oneof(
  sampleOf('gauge', anyNumber),
  sampleOf('counter', anyNumber),
  sampleOf('delta', anyNumber),
  sampleOf('observation', anyNumber),
  sampleOf('set', wellFormed),
  sampleOf('histogram', histogram),
  sampleOf('state', fc.oneof(anyNumber, wellFormed)),
  sampleOf('text', wellFormed),
  sampleOf('stale', anyNumber),
)

/** A frame of one sample of the series `s` without a source, up to the time of the sample. */
const oneSample = [1, 1, 1, 115, 0, 1, 0]

describe('sampleCodec()', () => {
  it('gives every sample back equal', () => {
    const codec = sampleCodec()
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
        const decoded = codec.decode(codec.encode(samples))
        expect(decoded).toStrictEqual(samples)
        // toStrictEqual tells -0 from 0 in values; keys that are absent stay absent.
        for (const [index, { time }] of decoded.entries())
          expect(Object.is(time, samples[index]?.time)).toBe(true)
      }),
    )
  })

  it('shares one Series object among the samples of a series, over frames as well', () => {
    const codec = sampleCodec()
    const make = (time: number): Sample => ({
      series: series('load', { host: 'a' }),
      time,
      value: 1,
      kind: 'gauge',
    })
    const [first, second] = codec.decode(codec.encode([make(1), make(2)]))
    const [third] = codec.decode(codec.encode([make(3)]))
    expect(second?.series).toBe(first?.series)
    expect(third?.series).toBe(first?.series)
  })

  it('reads a frame alike, whatever was read before it', () => {
    const outcome = (codec: ReturnType<typeof sampleCodec>, bytes: Uint8Array): unknown => {
      try {
        return codec.decode(bytes)
      } catch (error) {
        return String(error)
      }
    }
    const frame = fc.record({
      samples: fc.array(sample, { minLength: 1, maxLength: 10 }),
      flip: fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { nil: undefined }),
    })
    const order = fc.array(fc.nat(), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), order, (frames, reads) => {
        const encoded = frames.map(({ samples, flip }) => {
          const bytes = Uint8Array.from(sampleCodec().encode(samples))
          const at = (flip?.[0] ?? 0) % bytes.length
          bytes[at] = (bytes[at] ?? 0) ^ (flip?.[1] ?? 0)
          return bytes
        })
        const used = sampleCodec()
        for (const read of reads) {
          const bytes = encoded[read % encoded.length] ?? new Uint8Array()
          expect(outcome(used, bytes)).toStrictEqual(outcome(sampleCodec(), bytes))
        }
      }),
    )
  })

  it('tells names apart that differ in any byte, and those of more series than it remembers', () => {
    const codec = sampleCodec()
    const round = (names: readonly string[]): void => {
      const samples = names.map((name): Sample => ({
        series: series(name),
        time: 1,
        value: 1,
        kind: 'gauge',
      }))
      expect(codec.decode(codec.encode(samples)).map((one) => one.series.key)).toStrictEqual(names)
    }
    const like = 'a.name.of.many.bytes'
    const names = [like, ...Array.from(like, (_, at) => `${like.slice(0, at)}X${like.slice(at + 1)}`)]
    round(names)
    round(names.toReversed())
    for (const name of names) round([name, like])
    const many = Array.from({ length: 70_000 }, (_, number) => `metric.${number}`)
    round(many)
    round(names)
    round(many.toReversed())
    round(names)
  })

  it('lists a series once per frame', () => {
    const codec = sampleCodec()
    const samples = Array.from({ length: 1000 }, (_, index): Sample => ({
      series: series('a.rather.long.metric.name', { host: 'web-1' }),
      time: 1_700_000_000_000 + index * 1000,
      value: index % 100,
      kind: 'gauge',
    }))
    expect(codec.encode(samples).length).toBeLessThan(6000)
  })

  it('refuses what could not be read back', () => {
    const codec = sampleCodec()
    const good: Sample = { series: series('load'), time: 1, value: 1, kind: 'gauge' }
    const bad: readonly unknown[] = [
      { ...good, kind: 'unknown' },
      { ...good, series: { key: 'load|ST[b:2,a:1]', metric: 'load', tags: {} } },
      { ...good, series: { key: '', metric: '', tags: {} } },
      { ...good, value: '\ud800' },
      { ...good, exact: 2n ** 600n },
      { ...good, value: undefined },
      { ...good, value: true },
      { ...good, value: 'up' },
      { ...good, value: { bins: [] } },
      { ...good, kind: 'text' },
      { ...good, kind: 'set' },
      { ...good, kind: 'histogram' },
      { ...good, kind: 'state', value: { bins: [] } },
      { ...good, value: { bins: [{ value: 1, exponent: 1 }] } },
      { ...good, time: '5' },
      { ...good, time: undefined },
      { ...good, weight: null },
      { ...good, exact: 5 },
      { ...good, source: 5 },
      { ...good, receivedAt: 'now' },
    ]
    for (const wrong of bad) expect(() => codec.encode([wrong as Sample])).toThrow()
    // A refusal leaves nothing behind for the next frame.
    expect(codec.decode(codec.encode([good]))).toEqual([good])
  })

  it('throws JOURNAL_CORRUPT or gives samples for any bytes, and takes no memory by their word', () => {
    const codec = sampleCodec()
    const seed = codec.encode(
      fc
        .sample(sample, { numRuns: 20, seed: 3 })
        .map((each) => ({ ...each, source: 'here', receivedAt: each.time })),
    )
    const survives = (bytes: Uint8Array): void => {
      try {
        for (const { kind, value } of codec.decode(bytes)) {
          expect(sampleKinds).toContain(kind)
          if (kind === 'text' || kind === 'set') expect(value).toBeTypeOf('string')
          else if (kind !== 'state') expect(value).toBeTypeOf(kind === 'histogram' ? 'object' : 'number')
        }
      } catch (error) {
        expect(error).toBeInstanceOf(JournalError)
        expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT' })
      }
    }
    for (let length = 0; length < seed.length; length += 1) {
      expect(() => codec.decode(seed.slice(0, length))).toThrow('JOURNAL_CORRUPT')
    }
    for (let index = 0; index < seed.length * 8; index += 1) {
      const bytes = seed.slice()
      bytes[index >> 3]! ^= 1 << (index & 7)
      survives(bytes)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(Uint8Array.of(1, ...bytes))))
    expect(() => codec.decode(Uint8Array.of(1, 255, 255, 255, 255, 15))).toThrow(
      'a count is larger than what follows',
    )
  })

  it.each([
    ['another version', [2], 'samples of version 2 are not known'],
    ['no series name', [1, 1, 0, 0, 0], '"" is no series name'],
    ['a number without an end', [1, ...Array<number>(9).fill(255)], 'a number is too long'],
    ['a number above 2^53', [1, ...Array<number>(7).fill(255), 127], 'a number is too long'],
    ['a series that is not listed', [1, 0, 0, 1, 0, 0, 0, 0], 'a series that its frame does not list'],
    ['a kind that is not known', [...oneSample, 0x1f, 0, 0], 'a sample has an unknown kind'],
    ['a text as a gauge', [...oneSample, 0x20, 0, 1, 120], 'of kind gauge has a value of another kind'],
    [
      'a source that is not listed',
      [...oneSample, 0x90, 4, 0, 0, 3],
      'a source that its frame does not list',
    ],
    ['an exact value of nothing', [...oneSample, 0x90, 2, 0, 0, 0], 'an exact value of 0 bytes'],
    ['bytes behind the end', [1, 0, 0, 0, 9], 'bytes follow the last sample'],
  ])('says what is wrong with a frame: %s', (_, bytes, message) => {
    expect(() => sampleCodec().decode(Uint8Array.from(bytes))).toThrow(message)
  })

  it('goes on after a frame of many megabytes', () => {
    const codec = sampleCodec()
    const [long, short] = ['x'.repeat(5_000_000), 'x'].map((value): Sample => ({
      series: series('log'),
      time: 1,
      value,
      kind: 'text',
    }))
    expect(codec.decode(codec.encode([long!])).map(({ value }) => value === long!.value)).toEqual([true])
    expect(codec.decode(codec.encode([short!]))).toEqual([short])
  })

  it('keeps its bytes: this frame was written by format 1', () => {
    const codec = sampleCodec()
    const samples: Sample[] = [
      { series: series('a', { b: 'c' }), time: 1000, value: 7, kind: 'gauge' },
      { series: series('a', { b: 'c' }), time: 1001, value: 0.5, kind: 'counter', exact: 300n, source: 's' },
      { series: series('t'), time: 1001.5, value: 'up', kind: 'state', weight: 2, receivedAt: 1002 },
      {
        series: series('t'),
        time: 999,
        value: { bins: [{ value: 10, exponent: -1, count: 3 }] },
        kind: 'histogram',
      },
    ]
    const hex =
      '01' +
      '0209617c53545b623a635d0174' +
      '010173' +
      '04' +
      '0010d00f0e' +
      '00810602' +
      '000000000000e03f' +
      '04012c' +
      '00' +
      '01e609' +
      '00000000004c8f40' +
      '027570' +
      '0104' +
      '000000000000508f40'.slice(0, 18) +
      '013503' +
      '01' +
      '0114' +
      '0101' +
      '0106'
    expect(Buffer.from(codec.encode(samples)).toString('hex')).toBe(hex)
    expect(codec.decode(Buffer.from(hex, 'hex'))).toEqual(samples)
  })
})

describe('jsonCodec()', () => {
  it('gives JSON values back, and refuses what is none', () => {
    const codec = jsonCodec<unknown>()
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        expect(codec.decode(codec.encode(values))).toEqual(JSON.parse(JSON.stringify(values)))
      }),
    )
    expect(() => codec.encode([() => 1])).toThrow('a value of type function has no JSON form')
    expect(() => codec.decode(Buffer.from('{}'))).toThrow('JOURNAL_CORRUPT')
  })
})

describe('bytesCodec()', () => {
  it('gives bytes back, and throws JOURNAL_CORRUPT on a length that is too long', () => {
    const codec = bytesCodec()
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (values) => {
        expect(codec.decode(codec.encode(values))).toEqual(values)
      }),
    )
    expect(() => codec.decode(Uint8Array.of(9, 0, 0, 0, 1))).toThrow('JOURNAL_CORRUPT')
    expect(() => codec.decode(Uint8Array.of(9, 0))).toThrow('JOURNAL_CORRUPT')
    expect(() => codec.encode(['text' as never])).toThrow('a record must be a Uint8Array')
  })
})
