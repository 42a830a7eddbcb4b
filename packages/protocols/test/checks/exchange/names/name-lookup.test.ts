import { createSocket } from 'node:dgram'
import { once } from 'node:events'

import { describe, expect, it, onTestFinished } from 'vitest'

import { createNameLookup } from '../../../../src/checks/exchange/names/name-lookup.ts'

const { signal } = new AbortController()

interface Zone {
  readonly code?: number
  /** Time to live, s, and the bytes of an address. */
  readonly records?: readonly (readonly [number, readonly number[]])[]
}

/** A name server with these names, each with its type behind; it says nothing of others. RFC 1035 section 4.1. */
async function serveNames(
  zones: Readonly<Record<string, Zone>>,
): Promise<{ readonly server: string; readonly asked: string[] }> {
  const asked: string[] = []
  const socket = createSocket('udp4').on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (; query[at] !== 0; at += 1 + query[at]!)
      labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
    const type = query.readUInt16BE(at + 1)
    const key = `${labels.join('.')}/${type === 1 ? 4 : 6}`
    asked.push(key)
    const { code = 0, records = [] } = zones[key] ?? {}
    if (zones[key] === undefined) return
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(0x8180 | code, 2)
    header.writeUInt16BE(records.length, 6)
    header.writeUInt16BE(0, 10)
    const answers = records.map(([ttl, address]) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(type, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt32BE(ttl, 6)
      record.writeUInt16BE(address.length, 10)
      return Buffer.concat([record, Buffer.from(address)])
    })
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...answers]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { server: `127.0.0.1:${socket.address().port}`, asked }
}

describe('createNameLookup', () => {
  it('takes the addresses of a name server in their order, and the shortest time of them', async () => {
    const { server } = await serveNames({
      'web.test/4': {
        records: [
          [300, [192, 0, 2, 1]],
          [20, [192, 0, 2, 2]],
        ],
      },
      'web.test/6': { records: [[60, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]] },
    })
    const lookup = createNameLookup([server])
    expect(await lookup('web.test', 4, signal)).toEqual({
      type: 'found',
      addresses: ['192.0.2.1', '192.0.2.2'],
      ttlMs: 20_000,
    })
    expect(await lookup('web.test', 6, signal)).toEqual({
      type: 'found',
      addresses: ['2001:db8::1'],
      ttlMs: 60_000,
    })
  })

  it('tells that there is none of a family, and that a server fails or is not there', async () => {
    const { server } = await serveNames({ 'four.test/6': {}, 'ill.test/4': { code: 2 } })
    const lookup = createNameLookup([server])
    expect(await lookup('four.test', 6, signal)).toEqual({ type: 'none' })
    expect(await lookup('ill.test', 4, signal)).toEqual({ type: 'failed', reason: 'ESERVFAIL' })
    expect(await createNameLookup(['127.0.0.1:1'])('web.test', 4, signal)).toEqual({
      type: 'failed',
      reason: 'ECONNREFUSED',
    })
  })

  it('asks the system for what has no dot, and for what name servers do not know', async () => {
    const { server, asked } = await serveNames({ 'gone.localhost/4': { code: 3 } })
    const lookup = createNameLookup([server])
    expect(await lookup('localhost', 4, signal)).toMatchObject({ type: 'found', addresses: ['127.0.0.1'] })
    expect(asked).toEqual([])
    expect(['found', 'none', 'failed']).toContain((await lookup('gone.localhost', 4, signal)).type)
    expect(asked).toEqual(['gone.localhost/4'])
  })

  it('gives up when it is aborted', async () => {
    const { server } = await serveNames({})
    const ending = new AbortController()
    const looking = createNameLookup([server])('silent.test', 4, ending.signal)
    setImmediate(() => ending.abort())
    expect(await looking).toEqual({ type: 'failed', reason: 'ECANCELLED' })
  })
})
