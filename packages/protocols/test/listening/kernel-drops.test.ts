import { spawnSync } from 'node:child_process'

import { describe, expect, it, onTestFinished } from 'vitest'

import { dropsOf } from '../../src/listening/kernel-drops.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { portOf, receive } from '../sockets.ts'

const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 21 2 0000000000000000 7
  102: 0200007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 22 2 0000000000000000 100
  103: 00000000:1FBE 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 23 2 0000000000000000 0
`
const table6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  1: 00000000000000000000000001000000:1FBD 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0 4
  2: B80D0120000000000000000001000000:1FBD 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0 9
`

describe('the table of the system', () => {
  it('is read for one socket, and not for others of its port', () => {
    expect(dropsOf(table, { address: '127.0.0.1', port: 8125 })).toBe(7)
    expect(dropsOf(table, { address: '127.0.0.2', port: 8125 })).toBe(100)
    expect(dropsOf(table, { address: '0.0.0.0', port: 8126 })).toBe(0)
    expect(dropsOf(table, { address: '127.0.0.1', port: 1 })).toBe(0)
    expect(dropsOf(table6, { address: '::1', port: 8125 })).toBe(4)
    expect(dropsOf(table6, { address: '2001:db8::1', port: 8125 })).toBe(9)
  })

  it('that is none has no drops', () => {
    for (const text of ['', '\n', 'what is this', '1: 0100007F:1FBD'])
      expect(dropsOf(text, { address: '127.0.0.1', port: 8125 })).toBe(0)
  })
})

describe.skipIf(process.platform !== 'linux')('datagrams that the system drops', () => {
  it.each([
    ['127.0.0.1', 'udp4'],
    ['::1', 'udp6'],
  ])('before they are read are lost, counted and told of, over %s', async (host, type) => {
    const source = statsd({ host, port: 0, recvBufferSize: 2304 })
    const received = receive(source)
    onTestFinished(() => received.subscription.unsubscribe())
    const problems = receive(source.problems)
    const port = await portOf(source)
    const count = 200
    // While this process does not read.
    const program = `const s = require('dgram').createSocket('${type}'); let left = ${count}
      for (let i = 0; i < ${count}; i += 1) s.send('a:1|c', ${port}, '${host}', () => (left -= 1) || s.close())`
    spawnSync(process.execPath, ['-e', program])
    await received.count(1)
    await new Promise(setImmediate)
    received.subscription.unsubscribe()
    const { samples, lost } = source.stats
    expect(lost).toBeGreaterThan(0)
    expect(samples + lost).toBe(count)
    expect(problems.values).toMatchObject([{ reason: 'lost', count: lost }])
  })
})
