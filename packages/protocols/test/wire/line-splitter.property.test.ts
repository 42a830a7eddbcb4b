import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createLineSplitter } from '../../src/wire/line-splitter.ts'

const maxLineBytes = 8

/** The lines and overlong lines of a stream that comes in these chunks; what is never ended by LF comes last. */
function split(chunks: readonly Uint8Array[]): { lines: string[]; tooLong: string[]; rest: string } {
  const lines: string[] = []
  const tooLong: string[] = []
  const splitter = createLineSplitter(maxLineBytes, {
    lines: (bytes) => {
      // As a parser does: the last LF ends a line, it does not start one.
      for (const line of Buffer.from(bytes).toString('latin1').replace(/\n$/, '').split('\n')) {
        if (line.length > maxLineBytes) tooLong.push(line.slice(0, maxLineBytes))
        else lines.push(line)
      }
    },
    tooLong: (start) => tooLong.push(Buffer.from(start).toString('latin1')),
  })
  for (const chunk of chunks) splitter.push(chunk)
  return { lines, tooLong, rest: Buffer.from(splitter.rest()).toString('latin1') }
}

const bytes = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', '\r') }, fc.constant('\n')), {
    maxLength: 80,
  })
  .map((characters) => characters.join(''))

describe('the line splitter', () => {
  it('gives the same lines however the stream is cut', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(80)), (text, cuts) => {
        const borders = [
          0,
          ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
          text.length,
        ]
        const chunks = borders.slice(1).map((end, at) => Buffer.from(text.slice(borders[at], end), 'latin1'))
        const all = text.split('\n')
        const last = all.pop() ?? ''
        const overlong = [...all, last].filter((line) => line.length > maxLineBytes)
        expect(split(chunks)).toEqual({
          lines: all.filter((line) => line.length <= maxLineBytes),
          tooLong: overlong.map((line) => line.slice(0, maxLineBytes)),
          rest: last.length <= maxLineBytes ? last : '',
        })
      }),
    )
  })

  it('holds no more than one line of an endless one', () => {
    let reported = 0
    const splitter = createLineSplitter(maxLineBytes, {
      lines: () => undefined,
      tooLong: () => (reported += 1),
    })
    for (let chunk = 0; chunk < 1000; chunk += 1) splitter.push(Buffer.alloc(1000, 'x'))
    expect(reported).toBe(1)
    expect(splitter.rest()).toHaveLength(0)
  })
})
