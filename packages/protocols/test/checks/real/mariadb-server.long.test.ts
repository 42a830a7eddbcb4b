import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'

import { createConnection, type ConnectionOptions, createPool } from 'mysql2/promise'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { sqlCheck, type SqlCheckOptions } from '../../../src/checks/stores/sql-check.ts'
import { freePort } from '../../sockets.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
const password = 'pass-word-1'
const isRoot = userInfo().uid === 0

interface Database {
  readonly server: RealServer
  readonly port: number
}

const run = (options: SqlCheckOptions, timeoutMs = 30_000): Promise<CheckResult> =>
  runOnce(sqlCheck(options), { timeoutMs })

async function startMariadb(context: TestContext): Promise<Database> {
  needProgram(context, 'mariadbd', 'mariadb-server')
  const folder = temporaryFolder()
  const port = await freePort('tcp')
  const user = isRoot ? 'mysql' : userInfo().username
  if (isRoot) execFileSync('chown', [user, folder])
  const common = ['--no-defaults', `--datadir=${folder}/data`, `--user=${user}`]
  const install = ['--skip-test-db', '--auth-root-authentication-method=normal']
  execFileSync('mariadb-install-db', [...common, ...install], { stdio: 'pipe', cwd: folder })
  writeFileSync(join(folder, 'init.sql'), `CREATE USER robin IDENTIFIED BY '${password}';\n`)
  const server = await startServer(
    'mariadbd',
    [
      ...common,
      `--bind-address=${host}`,
      `--port=${port}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--init-file=${folder}/init.sql`,
      '--innodb-flush-log-at-trx-commit=0',
      '--skip-name-resolve',
    ],
    { port },
  )
  return { server, port }
}

describe('sqlCheck of a real MariaDB', () => {
  it('measures, and sees it refuse, hang and end', async (context) => {
    const { server, port } = await startMariadb(context)
    const options: ConnectionOptions = { host, port, user: 'robin', password, connectTimeout: 30_000 }
    const connect = (): ReturnType<typeof createConnection> => createConnection(options)
    const query = `SELECT variable_name AS name, variable_value AS value FROM information_schema.global_status
      WHERE variable_name IN ('UPTIME', 'THREADS_CONNECTED')`
    await expect.poll(async () => run({ query, connect })).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(await run({ query, connect }))).toEqual({
      connect_duration: expect.any(Number),
      query_duration: expect.any(Number),
      row_count: 2,
      'value|ST[row:UPTIME]': expect.any(Number),
      'value|ST[row:THREADS_CONNECTED]': expect.any(Number),
    })
    const client = createPool({ ...options, supportBigNumbers: true, bigNumberStrings: true })
    onTestFinished(() => client.end())
    const big = await run({ query: 'SELECT 18446744073709551615 AS big', client })
    expect(big.samples.find(({ series }) => series.metric === 'big')).toHaveProperty(
      'exact',
      18_446_744_073_709_551_615n,
    )
    expect(await run({ query: 'SELECT 1 FROM no.where', client })).toMatchObject({
      state: 'bad',
      available: 'yes',
    })
    const wrong = await run({ query, connect: () => createConnection({ ...options, password: 'hunter2' }) })
    expect(wrong).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'the connection was answered by ER_ACCESS_DENIED_ERROR',
    })
    expectNoSecret(wrong, 'hunter2')
    expect(await run({ query: 'SELECT sleep(30)', connect }, 300)).toMatchObject({ reason: 'timed-out' })
    server.hang()
    expect(await run({ query, connect }, 300)).toMatchObject({ state: 'bad', reason: 'timed-out' })
    await server.kill()
    expect(await run({ query, connect })).toMatchObject({ state: 'bad', available: 'no' })
  })
})
