import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createReceivedBytes } from '../../../src/checks/exchange/received-bytes.ts'

describe('createReceivedBytes', () => {
  it('holds what came and was not taken, however it is cut', () => {
    const chunk = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes))
    const step = fc.oneof(chunk, fc.integer({ min: 0, max: 4000 }))
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.uint8Array({ minLength: 1, maxLength: 2 }),
        (steps, sequence) => {
          const received = createReceivedBytes()
          let model: Buffer = Buffer.alloc(0)
          for (const taken of steps) {
            if (typeof taken === 'number') {
              expect(received.take(taken).equals(model.subarray(0, taken))).toBe(true)
              model = model.subarray(taken)
            } else {
              received.append(taken)
              model = Buffer.concat([model, taken])
            }
            expect(received.length).toBe(model.length)
            expect(received.find(sequence, 1)).toBe(model.indexOf(sequence, 1))
          }
        },
      ),
    )
  })

  it('gives copies, which what comes later does not change', () => {
    const received = createReceivedBytes()
    received.append(Buffer.from('abc'))
    const taken = received.take(3)
    received.append(Buffer.from('xyz'))
    expect(taken.toString()).toBe('abc')
  })
})
