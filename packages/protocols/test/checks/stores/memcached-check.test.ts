import { describe, expect, it } from 'vitest'

import { memcachedCheck } from '../../../src/checks/stores/memcached-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import {
  expectScriptedConformance,
  expectSurvival,
  measuredBy,
  serveScript,
  type Step,
} from '../scripted-server.ts'

const host = '127.0.0.1'

const stats: Step = [
  /^stats$/,
  [
    'STAT pid 7',
    'STAT version 1.6.18',
    'STAT libevent 2.1.12 stable',
    'STAT rusage_user 0.5',
    'STAT slab_reassign_running 0',
    'STAT log_watchers 0',
    'STAT curr_connections 2',
    'STAT total_items 9',
    'STAT bytes 120',
    'STAT bytes_read 77',
    'STAT get_hits 3',
    'STAT evictions 0',
    'STAT get_misses 9007199254740993',
    'END',
    '',
  ].join('\r\n'),
]

describe('memcachedCheck', () => {
  it('measures each statistic, and what is counted as counters', async () => {
    const { port, strayed, heard } = await serveScript([stats])
    const result = await runOnce(memcachedCheck({ host, port }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ check: `memcached:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({
      pid: 7,
      version: '1.6.18',
      libevent: '2.1.12',
      rusage_user: 'counter 0.5',
      slab_reassign_running: 0,
      log_watchers: 0,
      curr_connections: 2,
      total_items: 'counter 9',
      bytes: 120,
      bytes_read: 'counter 77',
      get_hits: 'counter 3',
      evictions: 'counter 0',
      get_misses: 'counter 9007199254740992',
    })
    expect(result.samples.filter(({ exact }) => exact !== undefined)).toMatchObject([
      { series: { key: 'get_misses' }, exact: 9_007_199_254_740_993n },
    ])
    await expect.poll(() => heard.at(-1)).toBe('quit')
  })

  it.each(['ERROR\r\n', 'SERVER_ERROR out of memory\r\n', 'CLIENT_ERROR unauthenticated\r\n'])(
    'is bad and available with the answer %j',
    async (reply) => {
      const { port } = await serveScript([[/^stats$/, reply]])
      expect(await runOnce(memcachedCheck({ host, port }))).toMatchObject({
        state: 'bad',
        available: 'yes',
        status: `expected statistics, got ${JSON.stringify(reply.trim())}`,
      })
    },
  )

  it('keeps what it found where the answer breaks off', async () => {
    const { port } = await serveScript([[/^stats$/, 'STAT get_hits 3\r\nSTAT get_mis']])
    const result = await runOnce(memcachedCheck({ host, port }), { timeoutMs: 200 })
    expect(result).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    expect(measuredBy(result)).toEqual({ get_hits: 'counter 3' })
  })

  it('survives whatever a server does', async () => {
    await expectSurvival([stats], (port) => memcachedCheck({ host, port }), 'no secret here')
  })

  it('keeps what every check promises', async () => {
    await expectScriptedConformance([stats], (port) => memcachedCheck({ host, port }))
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(memcachedCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [{ port: 0 }, { host: '' }, { database: 1 }])
      expect(() => memcachedCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
