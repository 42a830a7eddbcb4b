import { describe, expect, it, type TestContext } from 'vitest'

import type { Check, CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { memcachedCheck } from '../../../src/checks/stores/memcached-check.ts'
import { redisCheck } from '../../../src/checks/stores/redis-check.ts'
import { freePort } from '../../sockets.ts'
import { root } from '../exchange/certificates.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { writeCertificate } from './dovecot.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
const ca = root
const password = 'sécret-1'

interface Served {
  readonly server: RealServer
  readonly port: number
}

/** A redis, whose user `default` needs a password and `robin` another one, over TLS too. */
async function startRedis(
  context: TestContext,
  isExpired = false,
): Promise<Served & { readonly tlsPort: number }> {
  needProgram(context, 'redis-server', 'redis-server')
  const folder = temporaryFolder()
  const { cert, key } = writeCertificate(folder, isExpired)
  const [port, tlsPort] = [await freePort('tcp'), await freePort('tcp')]
  const words = `--port ${port} --tls-port ${tlsPort} --tls-cert-file ${cert} --tls-key-file ${key} --tls-auth-clients no --bind 127.0.0.1 --dir ${folder} --save`
  const users = ['--requirepass', password, '--user', 'robin', 'on', `>${password}2`, '~*', '+@all']
  const server = await startServer('redis-server', [...words.split(' '), '', ...users], { port: tlsPort })
  return { server, port, tlsPort }
}

async function startMemcached(context: TestContext): Promise<Served> {
  needProgram(context, 'memcached', 'memcached')
  const port = await freePort('tcp')
  const server = await startServer('memcached', ['-l', host, '-p', String(port), '-u', 'nobody', '-m', '8'], {
    port,
  })
  return { server, port }
}

async function look(check: Check, timeoutMs = 10_000): Promise<CheckResult> {
  const result = await runOnce(check, { timeoutMs })
  expectNoSecret(result, password)
  return result
}

/** A check of a server that hangs, and then is gone. */
async function expectBad(server: RealServer, check: Check): Promise<void> {
  server.hang()
  expect(await look(check, 500)).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
  await server.kill()
  expect(await look(check)).toMatchObject({
    state: 'bad',
    available: 'no',
    status: expect.stringContaining('ECONNREFUSED'),
  })
}

describe('redis', () => {
  it('tells its INFO, of each database too, and the answer to a command', async (context) => {
    const { server, port, tlsPort } = await startRedis(context)
    const set = { password, database: 2 }
    const made = await look(redisCheck({ host, port, ...set, command: ['LPUSH', 'queue', 'a', 'b', 'c'] }))
    expect(made, server.said()).toMatchObject({ state: 'good' })
    for (const options of [
      { port, password },
      { port: tlsPort, tls: { ca }, user: 'robin', password: `${password}2` },
    ]) {
      const result = await look(redisCheck({ host, ...options }))
      expect(result).toMatchObject({ state: 'good', available: 'yes' })
      expect(measuredBy(result)).toMatchObject({
        redis_version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        role: 'master',
        connected_clients: 1,
        total_commands_processed: expect.stringMatching(/^counter \d+$/),
        'db2`keys': 1,
        'db2`expires': 0,
      })
    }
    const length = await look(redisCheck({ host, port, ...set, command: ['LLEN', 'queue'] }))
    expect(measuredBy(length)).toEqual({ queue: 3 })
    expect(await look(redisCheck({ host, port, ...set, command: ['GET', 'gone'] }))).toMatchObject({
      state: 'unknown',
    })
    expect(await look(redisCheck({ host, port, ...set, command: ['GET', 'queue'] }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining('GET was answered by "WRONGTYPE '),
    })
  })

  it('refuses a wrong password, none, and a database that is not there, which is bad and available', async (context) => {
    const { port } = await startRedis(context)
    const refused = { state: 'bad', available: 'yes', reason: 'not-good' }
    expect(await look(redisCheck({ host, port, password: 'wrong one' }))).toMatchObject({
      ...refused,
      status: 'the login was answered by WRONGPASS',
    })
    expect(await look(redisCheck({ host, port }))).toMatchObject({
      ...refused,
      status: 'INFO was answered by "NOAUTH Authentication required."',
    })
    expect(await look(redisCheck({ host, port, password, database: 99 }))).toMatchObject({
      ...refused,
      status: 'SELECT was answered by "ERR DB index is out of range"',
    })
  })

  it('is told no password over a certificate that ended, which is measured', async (context) => {
    const { tlsPort } = await startRedis(context, true)
    const result = await look(redisCheck({ host, port: tlsPort, tls: { ca }, password }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining(' it ended '),
    })
    expect(measuredBy(result)['cert_end_in']).toBeLessThan(0)
  })

  it('is bad and not available where it hangs, and where it is stopped', async (context) => {
    const { server, port } = await startRedis(context)
    await expectBad(server, redisCheck({ host, port, password }))
  })
})

describe('memcached', () => {
  it('tells its statistics', async (context) => {
    const { port } = await startMemcached(context)
    const result = await look(memcachedCheck({ host, port }))
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(result)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      limit_maxbytes: 8 * 1024 * 1024,
      curr_items: 0,
      get_hits: 'counter 0',
      total_connections: expect.stringMatching(/^counter \d+$/),
      rusage_user: expect.stringMatching(/^counter /),
    })
  })

  it('is bad and not available where it hangs, and where it is stopped', async (context) => {
    const { server, port } = await startMemcached(context)
    await expectBad(server, memcachedCheck({ host, port }))
  })
})
