import fc from 'fast-check'
import { expect } from 'vitest'

import { creditOf, decodeFrame, encodeFrame } from '../../src/link/wire/frame-message.ts'
import type { SentFrame } from '../../src/link/wire/frame-message.ts'
import { MessageReader } from '../../src/link/wire/message-reader.ts'
import { decodeMessage, encodeMessage, frameType } from '../../src/link/wire/messages.ts'
import { controlMessages, mutate, mutations } from './link-messages.ts'

const maxBytes = 65_536

/** Reads mutated messages in pieces; whatever comes out of it is bounded and of sound numbers, and nothing is thrown. */
export function fuzzMessages(frame: SentFrame, numRuns: number): { readonly refused: number } {
  let refused = 0
  const plain = Buffer.concat(encodeFrame(1, frame, false))
  const packed = Buffer.concat(encodeFrame(1, frame, true))
  const pieces = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      fc.array(controlMessages, { maxLength: 3 }),
      mutations,
      pieces,
      fc.boolean(),
      (messages, changes, sizes, zlib) => {
        const encoded = messages.map((message) => encodeMessage(1, message))
        const bytes = mutate(Buffer.concat([...encoded, zlib ? packed : plain]), changes)
        const reader = new MessageReader(maxBytes)
        let at = 0
        for (let turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          reader.push(bytes.subarray(at, at + size))
          at += size
          for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
            // The connection would be over.
            if (typeof raw === 'number') {
              refused += 1
              return
            }
            if (raw.type !== frameType) {
              if (decodeMessage(raw) === undefined) refused += 1
              continue
            }
            const decoded = decodeFrame(raw.body, maxBytes)
            if (decoded === undefined) refused += 1
            else {
              expect(decoded.bytes.length).toBeLessThanOrEqual(maxBytes)
              expect(Number.isSafeInteger(creditOf(decoded))).toBe(true)
              expect(decoded.firstSeq).toBeLessThanOrEqual(decoded.lastSeq)
              expect(decoded.lastSeq).toBeLessThanOrEqual(decoded.headSeq)
            }
          }
        }
      },
    ),
    { numRuns },
  )
  return { refused }
}
