import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { queuedBytes, unacknowledgedBytes } from '../../../src/sinks/graphite/unacknowledged.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:07D3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100 0 0 10 0
   1: 0100007F:9C40 0100007F:07D3 01 0000001F:00000000 01:00000014 00000000     0        0 2 2 0000000000000000 20 4 30 10 -1
   2: 0200007F:9C40 0300007F:07D3 01 00000020:00000000 01:00000014 00000000     0        0 3 2 0000000000000000 20 4 30 10 -1`

describe('what the other end has not acknowledged', () => {
  it('stands in the table of the system, of several with the same ports the most', () => {
    expect(queuedBytes(table, { localPort: 0x9c40, remotePort: 2003 })).toBe(0x20)
    expect(queuedBytes(table, { localPort: 0x9c41, remotePort: 2003 })).toBeUndefined()
    expect(queuedBytes(table, {})).toBeUndefined()
    expect(queuedBytes('', { localPort: 1, remotePort: 2 })).toBeUndefined()
    expect(queuedBytes('  0: x:0001 y:0002 01 zz\n', { localPort: 1, remotePort: 2 })).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')(
    'is nothing where it reads, and something where it does not',
    async () => {
      const server = createServer().listen(0, '127.0.0.1')
      const accepted = once(server, 'connection') as Promise<[Socket]>
      await once(server, 'listening')
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      const [peer] = await accepted
      onTestFinished(() => {
        socket.destroy()
        peer.destroy()
        server.close()
      })
      peer.on('data', () => undefined)
      await new Promise<void>((done) => socket.write('hello', () => done()))
      await expect.poll(() => unacknowledgedBytes(socket)).toBe(0)
      peer.pause()
      // More than both systems hold.
      socket.write(Buffer.alloc(64 * 1024 * 1024))
      await expect.poll(() => unacknowledgedBytes(socket)).toBeGreaterThan(0)
    },
  )
})
