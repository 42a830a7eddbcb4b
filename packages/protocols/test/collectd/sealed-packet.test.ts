import { describe, expect, it } from 'vitest'

import { createPacketOpener, type SecurityLevel } from '../../src/collectd/sealed-packet.ts'
import type { ParseProblem } from '../../src/source/problem.ts'
import { capture, encrypted, partOf, signed, simple } from './packets.ts'

const users = new Map([
  ['alice', 's3cret'],
  ['zoë', 'pä55'],
])

function opened(level: SecurityLevel, bytes: Uint8Array) {
  const taken: { payload: string; start: number; user: string | undefined }[] = []
  const problems: ParseProblem[] = []
  createPacketOpener(level, users)(
    bytes,
    (problem) => problems.push(problem),
    (payload, start, seal) =>
      taken.push({ payload: Buffer.from(payload).toString('hex'), start, user: seal?.user }),
  )
  return { taken, problems }
}

const plain = simple(1_700_000_000)
const hex = plain.toString('hex')

describe('createPacketOpener', () => {
  it.each(['signed', 'encrypted'])('opens what collectd 5.12 has %s', (kind) => {
    for (const number of [1, 2]) {
      const { taken, problems } = opened('sign', capture(`${kind}-alice-s3cret-${number}`))
      expect(problems).toEqual([])
      expect(taken).toMatchObject([{ user: 'alice' }])
      expect(taken[0]?.payload.startsWith('0000001074')).toBe(true)
    }
  })

  it.each([
    ['none', { plain: 1, signed: 1, encrypted: 1 }],
    ['sign', { plain: 0, signed: 1, encrypted: 1 }],
    ['encrypt', { plain: 0, signed: 0, encrypted: 1 }],
  ] as const)('at level %s takes no less', (level, expected) => {
    const packets = {
      plain,
      signed: signed('alice', 's3cret', plain),
      encrypted: encrypted('alice', 's3cret', plain),
    }
    for (const kind of ['plain', 'signed', 'encrypted'] as const) {
      const { taken, problems } = opened(level, packets[kind])
      expect([kind, taken.length]).toEqual([kind, expected[kind]])
      if (expected[kind] === 1) expect(taken[0]?.payload).toBe(hex)
      else expect(problems).toMatchObject([{ reason: 'forbidden', start: 0, end: packets[kind].length }])
    }
  })

  it('refuses a signature and a cipher with any one bit changed', () => {
    for (const packet of [signed('alice', 's3cret', plain), encrypted('alice', 's3cret', plain)]) {
      for (let bit = 0; bit < packet.length * 8; bit += 1) {
        const changed = Buffer.from(packet)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect([bit, opened('sign', changed).taken]).toEqual([bit, []])
      }
    }
  })

  it('refuses users that it does not know, other passwords, and names of prototypes', () => {
    for (const user of ['bob', '__proto__', 'constructor', '', 'alice\0'])
      for (const packet of [signed(user, 's3cret', plain), encrypted(user, 's3cret', plain)])
        expect(opened('none', packet).problems).toMatchObject([{ reason: 'forbidden' }])
    expect(opened('sign', signed('alice', 'secret', plain)).taken).toEqual([])
    expect(opened('sign', encrypted('alice', 'secret', plain)).taken).toEqual([])
    expect(opened('sign', signed('zoë', 'pä55', plain)).taken).toHaveLength(1)
    expect(opened('sign', encrypted('zoë', 'pä55', plain)).taken).toHaveLength(1)
  })

  it('gives no seal to what stands outside of it', () => {
    const packet = Buffer.concat([plain, encrypted('alice', 's3cret', plain), plain])
    expect(opened('none', packet).taken.map(({ user }) => user)).toEqual([undefined, 'alice', undefined])
    const { taken, problems } = opened('encrypt', packet)
    expect(taken).toMatchObject([{ payload: hex, user: 'alice' }])
    expect(problems.map(({ start, end }) => [start, end])).toEqual([
      [0, plain.length],
      [packet.length - plain.length, packet.length],
    ])
  })

  it('says where in the packet the opened bytes stand', () => {
    const packet = signed('alice', 's3cret', plain)
    expect(opened('sign', packet).taken[0]?.start).toBe(packet.length - plain.length)
    const sealed = encrypted('alice', 's3cret', plain)
    expect(opened('sign', sealed).taken[0]?.start).toBe(sealed.length - plain.length)
  })

  it('ends with each part that is too short for what it says, at every level', () => {
    for (const level of ['none', 'sign', 'encrypt'] as const)
      for (const type of [0x200, 0x210])
        for (let length = 0; length < 60; length += 1) {
          const { taken, problems } = opened(level, partOf(type, Buffer.alloc(length)))
          expect(problems.length + taken.length).toBe(1)
        }
  })
})
