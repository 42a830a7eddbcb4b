import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferCount, firstValueFrom } from 'rxjs'

import { decodeFrame, encodeFrame } from '../src/link/wire/frame-message.ts'
import { MessageReader } from '../src/link/wire/message-reader.ts'
import type { RawMessage } from '../src/link/wire/message-reader.ts'
import { decodeMessage, encodeMessage } from '../src/link/wire/messages.ts'
import { newFileSystem, openStrings } from './helpers/journals.ts'
import { fuzzMessages } from './helpers/link-fuzz.ts'
import { controlMessages } from './helpers/link-messages.ts'
import type { SentFrame } from '../src/link/wire/frame-message.ts'

/** A frame of a journal. */
async function storedFrame(record = 'x'.repeat(5000)): Promise<SentFrame> {
  const journal = await openStrings(newFileSystem(), { segmentBytes: 65_536 })
  await journal.appendBatch([record, 'second'])
  const frame = await firstValueFrom((await journal.subscriber('s')).frames())
  const { firstSeq, lastSeq, count, skip, time, headSeq, gaps, codec, bytes } = frame
  return { firstSeq, lastSeq, count, skip, time, headSeq, gaps, codec, bytes }
}

/** Everything that a reader gives for these bytes in pieces. */
function readAll(bytes: Uint8Array, size: number, maxBytes = 65_536): (RawMessage | number)[] {
  const reader = new MessageReader(maxBytes)
  const messages: (RawMessage | number)[] = []
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, at + size))
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      messages.push(next)
      if (typeof next === 'number') return messages
    }
  }
  return messages
}

describe('the messages of a link', () => {
  it('come out as they went in, wherever the bytes are split', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 65_535 }), controlMessages), { maxLength: 10 })
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 200 }), (messages, size) => {
        const bytes = Buffer.concat(messages.map(([channel, message]) => encodeMessage(channel, message)))
        const read = readAll(bytes, size).map((raw) =>
          typeof raw === 'number' ? raw : [raw.channel, decodeMessage(raw)],
        )
        expect(read).toEqual(messages)
      }),
    )
  })

  it('may be longer than this release knows', () => {
    fc.assert(
      fc.property(controlMessages, fc.uint8Array({ maxLength: 20 }), (message, more) => {
        const [raw] = readAll(encodeMessage(0, message), 1000)
        if (typeof raw !== 'object') throw new Error('no message')
        expect(decodeMessage({ ...raw, body: Buffer.concat([raw.body, more]) })).toEqual(message)
      }),
    )
  })

  it('are refused when a byte is missing', () => {
    fc.assert(
      fc.property(controlMessages, (message) => {
        const [raw] = readAll(encodeMessage(0, message), 1000)
        if (typeof raw !== 'object') throw new Error('no message')
        for (let length = 0; length < raw.body.length; length += 1)
          expect(decodeMessage({ ...raw, body: raw.body.subarray(0, length) })).toBeUndefined()
      }),
    )
  })

  it('are refused by their length before anything is set aside for them', () => {
    const long = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 0, 0)
    expect(readAll(long, 7)).toEqual([2 ** 32 - 1])
    expect(readAll(long, 1)).toEqual([2 ** 32 - 1])
    expect(readAll(Uint8Array.of(2, 0, 0, 0, 1, 0), 6)).toEqual([2])
    const reader = new MessageReader(16 * 1024 * 1024)
    reader.push(Uint8Array.of(0, 0, 0xff, 0, 5, 0, 0, 1, 2, 3))
    expect(reader.next()).toBeUndefined()
    expect(reader.inside).toBe(true)
  })

  it('carry a frame as it stands on disk, compressed or not', async () => {
    const frame = await storedFrame()
    const gaps = [{ fromSeq: 0 + 1, toSeq: 1, reason: 'evicted' as const }]
    for (const compress of [false, true]) {
      const pieces = encodeFrame(3, { ...frame, skip: 1, firstSeq: 2, gaps }, compress)
      const bytes = Buffer.concat(pieces)
      expect(bytes.length < frame.bytes.length).toBe(compress)
      const [raw] = readAll(bytes, 999)
      if (typeof raw !== 'object') throw new Error('no message')
      expect(raw.channel).toBe(3)
      const decoded = decodeFrame(raw.body, 65_536)
      expect(decoded && { ...decoded, bytes: [...decoded.bytes] }).toEqual({
        ...frame,
        ...{ skip: 1, firstSeq: 2, gaps, bytes: [...frame.bytes] },
      })
    }
  })

  it('carry several consecutive frames as one, and none out of order or of which a part is missing', async () => {
    const journal = await openStrings(newFileSystem())
    for (const value of ['a', 'b', 'c']) await journal.append(value)
    const frames = await firstValueFrom(
      (await journal.subscriber('s')).frames({ maxInFlight: 3 }).pipe(bufferCount(3)),
    )
    const [first, second, third] = frames.map(({ bytes }) => bytes)
    const carried = (...parts: readonly (Uint8Array | undefined)[]): SentFrame | undefined => {
      const bytes = Buffer.concat(parts.map((part) => part!))
      const [raw] = readAll(Buffer.concat(encodeFrame(1, { ...frames[0]!, bytes }, false)), 999)
      return typeof raw === 'object' ? decodeFrame(raw.body, 65_536) : undefined
    }
    expect(carried(first, second, third)).toMatchObject({ firstSeq: 1, lastSeq: 3, count: 3 })
    expect(carried(first, third)).toBeUndefined()
    expect(carried(second, first)).toBeUndefined()
    expect(carried(first, second?.slice(0, -8))).toBeUndefined()
    expect(
      carried(
        first,
        second?.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
      ),
    ).toBeUndefined()
    // As an empty one behind which others could hide.
    expect(carried(first, new Uint8Array(64))).toBeUndefined()
  })

  it('carry no frame that grows beyond what it says, or beyond the limit', async () => {
    const frame = await storedFrame()
    const [raw] = readAll(Buffer.concat(encodeFrame(1, frame, true)), 10_000)
    if (typeof raw !== 'object') throw new Error('no message')
    expect(decodeFrame(raw.body, frame.bytes.length)?.bytes.length).toBe(frame.bytes.length)
    expect(decodeFrame(raw.body, frame.bytes.length - 1)).toBeUndefined()
    const lying = Buffer.from(raw.body)
    // Flags, skip, head, codec with its length; then the length that it grows to.
    lying.writeUInt32LE(frame.bytes.length - 8, 13 + 2 + frame.codec.length)
    expect(decodeFrame(lying, 65_536)).toBeUndefined()
  })

  it('never harm whoever reads them, whatever became of them on their way', async () => {
    const { refused } = fuzzMessages(await storedFrame(), 2000)
    expect(refused).toBeGreaterThan(500)
  })
})
