import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'

import pg from 'pg'
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

/** Words that run a program as another user, where it refuses to run as root. */
const asUser = (name: string): readonly string[] =>
  isRoot ? [`--reuid=${name}`, `--regid=${name}`, '--clear-groups'] : []

async function startPostgres(context: TestContext): Promise<Database> {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const programs = join('/usr/lib/postgresql', versions.at(-1) ?? 'none', 'bin')
  needProgram(context, join(programs, 'postgres'), 'postgresql')
  const folder = temporaryFolder()
  const data = join(folder, 'data')
  const port = await freePort('tcp')
  writeFileSync(join(folder, 'password'), password)
  if (isRoot) execFileSync('chown', ['-R', 'postgres', folder])
  const words = ['-D', data, '-U', 'robin', '-A', 'scram-sha-256', '--no-sync', `--pwfile=${folder}/password`]
  execFileSync('setpriv', [...asUser('postgres'), join(programs, 'initdb'), ...words], {
    stdio: 'pipe',
    cwd: folder,
  })
  const settings = ['-k', folder, '-h', host, '-p', String(port), '-F']
  const server = await startServer(
    'setpriv',
    [...asUser('postgres'), join(programs, 'postgres'), '-D', data, ...settings],
    { port, cwd: folder },
  )
  return { server, port }
}

describe('sqlCheck of a real PostgreSQL', () => {
  it('measures, and sees it refuse, hang and end', async (context) => {
    const { server, port } = await startPostgres(context)
    const options = { host, port, user: 'robin', password, database: 'postgres' }
    const connect = async (): Promise<pg.Client> => {
      const client = new pg.Client({ ...options, connectionTimeoutMillis: 30_000 })
      await client.connect()
      return client
    }
    const query = `SELECT datname, numbackends, 9007199254740993::bigint AS big, 0.1::numeric AS share,
      pg_postmaster_start_time() < now() AS started FROM pg_stat_database WHERE datname = 'postgres'`
    await expect.poll(async () => run({ query, connect })).toMatchObject({ state: 'good', available: 'yes' })
    const result = await run({ query, connect, labels: ['datname'] })
    expect(measuredBy(result)).toEqual({
      connect_duration: expect.any(Number),
      query_duration: expect.any(Number),
      row_count: 1,
      'numbackends|ST[datname:postgres]': expect.any(Number),
      'big|ST[datname:postgres]': 9_007_199_254_740_992,
      'share|ST[datname:postgres]': 0.1,
      'started|ST[datname:postgres]': 1,
    })
    expect(result.samples.find(({ series }) => series.metric === 'big')).toHaveProperty(
      'exact',
      9_007_199_254_740_993n,
    )
    const client = new pg.Pool(options)
    client.on('error', () => undefined)
    onTestFinished(() => client.end())
    expect(await run({ query, client })).toMatchObject({ state: 'good' })
    expect(await run({ query: 'SELECT nothing FROM nowhere', client })).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'the query was answered by 42P01',
    })
    const wrong = await run({
      query,
      connect: async () => {
        const stranger = new pg.Client({ ...options, password: 'hunter2' })
        await stranger.connect()
        return stranger
      },
    })
    expect(wrong).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'the connection was answered by 28P01',
    })
    expectNoSecret(wrong, 'hunter2')
    // A connection of a client that is kept is there, and says nothing.
    expect(await run({ query: 'SELECT pg_sleep(30)', connect }, 300)).toMatchObject({ reason: 'timed-out' })
    server.hang()
    expect(await run({ query, connect }, 300)).toMatchObject({ state: 'bad', reason: 'timed-out' })
    server.goOn()
    await server.kill()
    expect(await run({ query, connect })).toMatchObject({
      state: 'bad',
      available: 'no',
      status: 'the connection failed: ECONNREFUSED',
    })
  })
})
