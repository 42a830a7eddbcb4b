import { describe, expect, it } from 'vitest'

import { createCollectdParser } from '../../src/collectd/collectd-parser.ts'
import { collect } from '../collect.ts'
import { expectHarmless, fuzzJson, fuzzPackets } from './hostile.ts'
import { capture, captures, gauge, partOf, signed, text, values } from './packets.ts'

const seed = 20_261_127

describe('what comes to collectd', () => {
  it('harms nothing, however its packets were changed', () => fuzzPackets(2000, seed))

  it('harms nothing, however its JSON was changed', () => fuzzJson(2000, seed))

  it.each(captures)('harms nothing where %s is cut at any byte', (name) => {
    const packet = capture(name)
    for (let length = 0; length < packet.length; length += 1) expectHarmless(packet.subarray(0, length))
  })

  it('ends with parts of every type and of every length that is too short', () => {
    for (let type = 0; type <= 0x220; type += 1)
      for (let length = 0; length <= 5; length += 1)
        expectHarmless(Buffer.from([type >> 8, type & 0xff, 0, length, 0, 0, 0, 0, 0]))
  })

  it('ends with a signature of nobody, over and over', () => {
    const packet = Buffer.alloc(65_507)
    for (let at = 0; at + 40 <= packet.length; at += 40) partOf(0x200, Buffer.alloc(36)).copy(packet, at)
    expectHarmless(packet)
    expectHarmless(signed('alice', 's3cret', packet))
  })

  it('takes packets of 64 KiB: of one list, of lists of one, and of nothing but headers', () => {
    const names = Buffer.concat([text(0, 'h'), text(2, 'p'), text(4, 't')])
    const most = Math.floor((65_507 - names.length - 6) / 9)
    const one = Buffer.concat([names, values(...Array.from({ length: most }, () => gauge(1)))])
    expect(collect(createCollectdParser(), one).samples).toHaveLength(most)
    const many = Buffer.concat([names, ...Array.from({ length: 4000 }, () => values(gauge(1)))])
    expect(collect(createCollectdParser(), many).samples).toHaveLength(4000)
    const headers = Buffer.concat(Array.from({ length: 16_000 }, () => partOf(0x7777, Buffer.alloc(0))))
    expect(collect(createCollectdParser(), headers).problems).toHaveLength(16_000)
    for (const packet of [one, many, headers]) expectHarmless(packet)
  })

  it('keeps no more names than it may, however many come', () => {
    const parser = createCollectdParser({ maxNameBytes: 100_000 })
    const sink = { sample: () => undefined, problem: () => undefined }
    const names = [text(0, 'h'), text(2, 'p'), text(4, 't')]
    const send = (number: number): void =>
      parser.parse(
        Buffer.concat([...names, text(5, `${number}`.padStart(240, 'x')), values(gauge(1))]),
        0,
        sink,
      )
    for (let number = 0; number < 20_000; number += 1) send(number)
    const { samples } = collect(parser, Buffer.concat([...names, values(gauge(1))]))
    expect(samples).toHaveLength(1)
  })
})
