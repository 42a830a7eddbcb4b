import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  BadControlMessage,
  controlOperations,
  type ControlQuestion,
  createControlAssembly,
  encodeControlQuestion,
} from '../../../../src/checks/network/ntp/control-message.ts'
import { type Fragment, fragmentOf, fragmentsOf } from './control-server.ts'

const question: ControlQuestion = {
  operation: controlOperations.readVariables,
  sequence: 0x1234,
  association: 0xabcd,
}
const asked = encodeControlQuestion(question)
const data = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => at % 251))

/** What comes of packets; `undefined` where something is missing. */
const assemble = (packets: readonly Buffer[]): Buffer | undefined => {
  const assembly = createControlAssembly(question)
  for (const packet of packets) {
    const whole = assembly.take(packet)
    if (whole !== undefined) return whole
  }
  return undefined
}

describe('an answer of mode 6', () => {
  it('is asked for by a header alone', () => {
    expect(asked.toString('hex')).toBe('160212340000abcd00000000')
  })

  it('is put together from its fragments, in any order and doubled', () => {
    const packets = fc
      .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 100, max: 480 }))
      .chain(([length, size]) => {
        const fragments = fragmentsOf(asked, data(length), size)
        const doubled = [...fragments, ...fragments]
        return fc.tuple(fc.constant(length), fc.shuffledSubarray(doubled, { minLength: doubled.length }))
      })
    fc.assert(
      fc.property(packets, ([length, fragments]) => {
        expect(assemble(fragments)).toEqual(data(length))
      }),
    )
  })

  it('is not there while a fragment is missing', () => {
    const fragments = fragmentsOf(asked, data(2000))
    for (const at of fragments.keys()) expect(assemble(fragments.toSpliced(at, 1))).toBeUndefined()
  })

  it('passes over what answers another question, or nothing', () => {
    const good = fragmentOf(asked, data(8))
    const changed = (at: number, value: number): Buffer => {
      const other = Buffer.from(good)
      other[at] = value
      return other
    }
    const others = [
      asked,
      good.subarray(0, 11),
      changed(0, 0x24),
      changed(1, 0x81),
      changed(2, 0),
      changed(7, 0),
    ]
    expect(assemble([...others, good])).toEqual(data(8))
  })

  it.each<readonly [string, readonly (readonly [number, Fragment])[]]>([
    [
      'its fragments overlap',
      [
        [8, { hasMore: true }],
        [8, { offset: 4 }],
      ],
    ],
    [
      'its fragments overlap',
      [
        [8, { offset: 4, hasMore: true }],
        [8, {}],
      ],
    ],
    [
      'its fragments overlap',
      [
        [8, { hasMore: true }],
        [4, { hasMore: true }],
      ],
    ],
    [
      'a fragment is beyond its end',
      [
        [8, { offset: 100, hasMore: true }],
        [12, { offset: 8 }],
      ],
    ],
    [
      'a fragment is beyond its end',
      [
        [4, { offset: 8 }],
        [8, { offset: 100, hasMore: true }],
      ],
    ],
    [
      'it has two ends',
      [
        [4, { offset: 8 }],
        [4, { offset: 16 }],
      ],
    ],
    ['a fragment is empty', [[0, { hasMore: true }]]],
    [
      'its fragments overlap',
      [
        [8, { hasMore: true }],
        [8, { offset: 8, hasMore: true }],
        [0, { offset: 8 }],
      ],
    ],
    ['a fragment is cut off', [[8, { count: 13 }]]],
    ['more than 15360 bytes', [[8, { offset: 65_000, hasMore: true }]]],
    ['it is refused since it is not allowed', [[0, { error: 7 }]]],
    ['it is refused for no reason that it tells', [[0, { error: 200 }]]],
  ])('is bad where %s', (message, fragments) => {
    const packets = fragments.map(([length, fragment]) => fragmentOf(asked, data(length), fragment))
    expect(() => assemble(packets)).toThrow(BadControlMessage)
    expect(() => assemble(packets)).toThrow(message)
  })

  it('is bad where it never ends', () => {
    const endless = Array.from({ length: 100 }, (_, at) =>
      fragmentOf(asked, data(8), { offset: at * 8, hasMore: true }),
    )
    expect(() => assemble(endless)).toThrow('32 fragments')
  })

  it('is whole, missing or bad, whatever comes', () => {
    const packet = fc
      .record({
        length: fc.integer({ min: 0, max: 600 }),
        offset: fc.integer({ min: 0, max: 65_535 }),
        count: fc.integer({ min: 0, max: 600 }),
        hasMore: fc.boolean(),
      })
      .map(({ length, ...fragment }) => fragmentOf(asked, data(length), fragment))
    const garbage = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(fc.array(fc.oneof(packet, garbage), { maxLength: 40 }), (packets) => {
        try {
          expect(assemble(packets)?.length ?? 0).toBeLessThanOrEqual(15_360)
        } catch (error) {
          expect(error).toBeInstanceOf(BadControlMessage)
        }
      }),
    )
  })
})
