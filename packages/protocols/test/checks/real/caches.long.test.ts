import { spawnSync } from 'node:child_process'
import { chownSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { freePort } from '../../sockets.ts'
import type { CheckResult } from '../../../src/checks/check.ts'
import { externalCheck } from '../../../src/checks/agents/external-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { measuredBy } from '../scripted-server.ts'
import { recipes, varnishCounters } from './recipes.ts'
import { needProgram } from '../../programs.ts'
import { startServer, temporaryFolder } from './servers.ts'
import { kindsOf, runRecipe, tryRecipe } from './try-recipe.ts'

it('Squid says by its cache manager how it is', async (context) => {
  needProgram(context, 'squid', 'squid')
  const port = await freePort('tcp')
  const folder = temporaryFolder()
  const config = join(folder, 'squid.conf')
  writeFileSync(
    config,
    `http_port 127.0.0.1:${port}
pid_filename ${folder}/pid
coredump_dir ${folder}
cache_log ${folder}/log
access_log none
pinger_enable off
cache_effective_user proxy
visible_hostname localhost
http_access allow localhost manager
http_access deny all
shutdown_lifetime 0
`,
  )
  if (process.getuid?.() === 0) {
    const proxy = Number(spawnSync('id', ['-u', 'proxy']).stdout.toString())
    chownSync(folder, proxy, proxy)
  }
  await tryRecipe(recipes.squid, port, await startServer('squid', ['-N', '-f', config], { port }))
})

it('Varnish gives what is behind it, and says that it is ill without', async (context) => {
  needProgram(context, 'varnishd', 'varnish')
  const [port, behind] = [await freePort('tcp'), await freePort('tcp')]
  const backend = createServer((_request, response) =>
    response.setHeader('cache-control', 'no-store').end('Welcome'),
  )
  onTestFinished(() => void backend.close())
  const folder = temporaryFolder()
  const varnish = await startServer(
    'varnishd',
    [
      ...['-F', '-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${behind}`, '-n', folder, '-s', 'default,32m'],
      // A backend that refused is asked again at once.
      ...['-p', 'backend_local_error_holddown=0', '-p', 'backend_remote_error_holddown=0'],
    ],
    { port },
  )
  expect(await runRecipe(recipes.varnish, port)).toMatchObject({
    state: 'bad',
    available: 'yes',
    status: 'expected status 200, got 503',
  })
  await new Promise<void>((done) => backend.listen(behind, '127.0.0.1', done))
  const { samples } = await tryRecipe(recipes.varnish, port, varnish)
  expect(samples.find(({ series }) => series.key === 'body_match_backend')?.value).toBe(1)
})

it('Varnish tells its counters by varnishstat, and nothing where there is none', async (context) => {
  needProgram(context, 'varnishd', 'varnish')
  needProgram(context, 'varnishstat', 'varnish')
  const port = await freePort('tcp')
  const folder = temporaryFolder()
  const varnish = await startServer(
    'varnishd',
    ['-F', '-a', `127.0.0.1:${port}`, '-b', 'none', '-n', folder, '-s', 'default,32m'],
    { port },
  )
  const { metrics, command, ...options } = varnishCounters
  // It waits for a server that is not there for so many seconds.
  const check = externalCheck({ ...options, command: [...command, '-n', folder, '-t', '1'] })
  for (let count = 0; count < 3; count += 1)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503)
  const run = (): Promise<CheckResult> => runOnce(check, { timeoutMs: 10_000 })
  // Each of its threads adds what it counted when it comes to it.
  await expect.poll(async () => measuredBy(await run())['counters`MAIN.client_req`value']).toBe('counter 3')
  const result = await run()
  expect(result).toMatchObject({ state: 'good', available: 'yes' })
  expect(kindsOf(result)).toMatchObject(metrics)
  expect(measuredBy(result)).toMatchObject({ problems: 0, truncated: 0 })
  expect(Object.keys(measuredBy(result)).filter((key) => key.startsWith('counters`'))).toHaveLength(
    command.filter((word) => word === '-f').length,
  )
  // They are in memory that stays where it is killed: that it is gone, its port says.
  await varnish.kill()
  expect(await run()).toMatchObject({ state: 'good' })
  const nowhere = externalCheck({ ...options, command: [...command, '-n', temporaryFolder(), '-t', '1'] })
  expect(await runOnce(nowhere, { timeoutMs: 10_000 })).toMatchObject({
    state: 'warning',
    status: expect.stringContaining('Could not get hold of varnishd'),
  })
})
