import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  maxQueryBytes,
  type NrpeAnswer,
  nrpeQuery,
  readNrpeAnswer,
} from '../../../src/checks/agents/nrpe-packet.ts'

const version = fc.constantFrom(2 as const, 3 as const, 4 as const)

/** Reads as from a connection that ends behind the bytes. */
async function read(bytes: Buffer): Promise<NrpeAnswer | string> {
  let at = 1
  const readBytes = async (count: number): Promise<Buffer> => {
    if (at + count > bytes.length) throw new Error('it ended')
    at += count
    return bytes.subarray(at - count, at)
  }
  return readNrpeAnswer(bytes.subarray(0, 1), readBytes).catch((error: unknown) => String(error))
}

/** A query says the same as an answer, but that it is one. */
const asAnswer = (query: Buffer): Buffer => {
  const answer = Buffer.from(query)
  answer.writeInt16BE(2, 2)
  answer.writeUInt32BE(0, 4)
  answer.writeUInt32BE(naiveCrc(answer), 4)
  return answer
}

/** CRC-32, bit by bit. */
function naiveCrc(bytes: Buffer): number {
  let crc = 0xff_ff_ff_ff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xed_b8_83_20 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('packets of NRPE', () => {
  it('carry any text that has room', async () => {
    await fc.assert(
      fc.asyncProperty(version, fc.string({ unit: 'grapheme', maxLength: 250 }), async (of, text) => {
        fc.pre(!text.includes('\0') && Buffer.byteLength(text) <= maxQueryBytes(of))
        const answer = await read(asAnswer(nrpeQuery(of, text)))
        expect(answer).toEqual({ exitCode: 0, output: Buffer.from(text) })
      }),
    )
  })

  it('are not taken where any byte was changed, or is not there', async () => {
    const bit = fc.integer({ min: 0, max: 7 })
    await fc.assert(
      fc.asyncProperty(version, fc.nat(), bit, async (of, place, changed) => {
        const whole = asAnswer(nrpeQuery(of, 'DISK OK'))
        const at = place % whole.length
        expect(await read(whole.subarray(0, Math.max(at, 1)))).toEqual(expect.any(String))
        const damaged = Buffer.from(whole)
        damaged[at]! ^= 1 << changed
        expect(await read(damaged)).toEqual(expect.any(String))
      }),
    )
  })

  it('are read from any bytes without a fault', async () => {
    await fc.assert(
      fc.asyncProperty(version, fc.uint8Array({ minLength: 1, maxLength: 100 }), async (of, bytes) => {
        const packet = Buffer.concat([Buffer.of(0, of, 0, 2), Buffer.from(bytes)])
        expect(await read(packet)).toEqual(expect.any(String))
      }),
    )
  })
})
