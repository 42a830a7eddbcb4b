import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFrameSplitter } from '../../../src/wire/binary/frame-splitter.ts'
import { framed } from '../../graphite/pickles.ts'

const maxFrameBytes = 300

/** What comes out of a stream that comes in these chunks, in order; what never became whole comes last. */
function split(chunks: readonly Uint8Array[]): readonly string[] {
  const seen: string[] = []
  const splitter = createFrameSplitter(maxFrameBytes, {
    frame: (bytes) => seen.push(`frame ${Buffer.from(bytes).toString('hex')}`),
    tooLong: (length) => seen.push(`too long ${length}`),
  })
  for (const chunk of chunks) splitter.push(chunk)
  return [...seen, `rest ${Buffer.from(splitter.rest()).toString('hex')}`]
}

const frame = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.integer({ min: maxFrameBytes - 2, max: maxFrameBytes + 2 }).map((length) => new Uint8Array(length)),
)

describe('the frame splitter', () => {
  it('gives the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.nat(40),
        fc.array(fc.nat(2000)),
        (frames, missing, cuts) => {
          const last = framed(new Uint8Array(30)).subarray(0, Math.max(0, 34 - missing))
          const stream = Buffer.concat([...frames.map(framed), last])
          const borders = [0, ...cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b)]
          const chunks = borders.map((start, at) => stream.subarray(start, borders[at + 1]))
          const expected = frames.map((bytes) =>
            bytes.length > maxFrameBytes
              ? `too long ${bytes.length}`
              : `frame ${Buffer.from(bytes).toString('hex')}`,
          )
          const isWhole = last.length === 34
          const end = isWhole
            ? [`frame ${last.toString('hex', 4)}`, 'rest ']
            : [`rest ${last.toString('hex')}`]
          expect(split(chunks)).toEqual([...expected, ...end])
        },
      ),
    )
  })

  it('passes over a frame of four gigabytes, and holds none of it', () => {
    const seen: number[] = []
    const splitter = createFrameSplitter(maxFrameBytes, {
      frame: (bytes) => seen.push(bytes.length),
      tooLong: (length) => seen.push(length),
    })
    splitter.push(Buffer.from('ffffffff00', 'hex'))
    for (let chunk = 0; chunk < 1000; chunk += 1) splitter.push(new Uint8Array(1000))
    expect(seen).toEqual([2 ** 32 - 1])
    expect(splitter.rest()).toHaveLength(0)
  })

  it('gives up the room of a long frame that came in parts', () => {
    const seen: number[] = []
    const splitter = createFrameSplitter(200_000, {
      frame: (bytes) => seen.push(bytes.buffer.byteLength),
      tooLong: () => undefined,
    })
    const long = framed(new Uint8Array(150_000))
    splitter.push(long.subarray(0, 100_000))
    splitter.push(long.subarray(100_000))
    splitter.push(framed(new Uint8Array(5)).subarray(0, 6))
    splitter.push(new Uint8Array(3))
    expect(seen).toHaveLength(2)
    expect(seen[1]).toBe(256)
  })
})
