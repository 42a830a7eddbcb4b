import { createSocket } from 'node:dgram'
import { once } from 'node:events'

import { onTestFinished } from 'vitest'

import { ber, berAt, berInteger, integerOf, readBer } from '../ber.ts'

/** What was asked. */
export interface Asked {
  readonly type: 'get' | 'next' | 'bulk'
  readonly oids: readonly string[]
  readonly community: string
}

/** Objects and their values in BER, in place of them an error status, bytes as they are, or nothing. */
export type Answer = readonly (readonly [oid: string, value: Buffer])[] | number | Buffer | undefined

const types = { 0xa0: 'get', 0xa1: 'next', 0xa5: 'bulk' } as const

/** An agent of version 1 or 2c on a free port, and what it was asked. */
export async function serveSnmp(
  answer: (asked: Asked) => Answer,
): Promise<{ readonly port: number; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message, { port }) => {
    const [version, community] = readBer(berAt(message, 0).bytes)
    const { tag, bytes } = berAt(message, 0, 2)
    const [id, , , varbinds] = readBer(bytes)
    const oids = readBer(varbinds!.bytes).map((varbind) => oidOf(berAt(varbind.bytes, 0).bytes))
    const request: Asked = { type: types[tag as 0xa0], oids, community: community!.bytes.toString() }
    asked.push(request)
    const given = answer(request)
    if (given === undefined) return
    if (Buffer.isBuffer(given)) {
      socket.send(given, port, '127.0.0.1')
      return
    }
    const isError = typeof given === 'number'
    const pairs = isError ? oids.map((oid) => [oid, ber(5)] as const) : given
    const pdu = ber(
      0xa2,
      berInteger(integerOf(id!)),
      berInteger(isError ? given : 0),
      berInteger(isError ? 1 : 0),
      ber(0x30, ...pairs.map(([oid, value]) => ber(0x30, ber(6, oidBytes(oid)), value))),
    )
    const whole = ber(0x30, berInteger(integerOf(version!)), ber(4, community!.bytes), pdu)
    socket.send(whole, port, '127.0.0.1')
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { port: socket.address().port, asked }
}

function oidOf(bytes: Buffer): string {
  const parts: number[] = []
  let part = 0
  for (const byte of bytes) {
    part = part * 128 + (byte & 127)
    if (byte < 128) {
      parts.push(part)
      part = 0
    }
  }
  const [first = 0, ...others] = parts
  return [Math.floor(first / 40), first % 40, ...others].join('.')
}

function oidBytes(oid: string): Buffer {
  const [first = 0, second = 0, ...others] = oid.split('.').map(Number)
  return Buffer.from([first * 40 + second, ...others].flatMap(base128))
}

const base128 = (part: number): number[] => {
  const bytes = [part % 128]
  for (let rest = Math.floor(part / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest % 128) | 128)
  return bytes
}
