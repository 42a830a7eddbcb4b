import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { promtext } from '../../../src/checks/index.ts'
import { freePort } from '../../sockets.ts'
import { recipes } from './recipes.ts'
import { needProgram } from '../../programs.ts'
import { answers, startServer, temporaryFolder } from './servers.ts'
import { kindsOf, runRecipe, tryRecipe } from './try-recipe.ts'

const installed = '/usr/lib/rabbitmq/lib'

it('RabbitMQ says by its API and as an exporter how it is', async (context) => {
  needProgram(context, 'rabbitmq-server', 'rabbitmq-server')
  const folder = temporaryFolder()
  const [amqp, api, exporter, cluster, names] = await Promise.all(
    Array.from({ length: 5 }, () => freePort('tcp')),
  )
  if (api === undefined || exporter === undefined || names === undefined) throw new Error('no ports')
  const data = join(folder, 'data')
  mkdirSync(data)
  writeFileSync(join(folder, 'plugins'), '[rabbitmq_management,rabbitmq_prometheus].\n')
  writeFileSync(
    join(folder, 'rabbitmq.conf'),
    `listeners.tcp.1 = 127.0.0.1:${amqp}
management.tcp.port = ${api}
management.tcp.ip = 127.0.0.1
prometheus.tcp.port = ${exporter}
prometheus.tcp.ip = 127.0.0.1
`,
  )
  const env = {
    HOME: data,
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'check@localhost',
    RABBITMQ_DIST_PORT: String(cluster),
    RABBITMQ_MNESIA_BASE: data,
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  }
  // It starts one where there is none, which would outlive it.
  await startServer('epmd', ['-port', String(names)], { port: names, env })
  const release = readdirSync(installed).find((name) => name.startsWith('rabbitmq_server-')) ?? ''
  const program = join(installed, release, 'sbin', 'rabbitmq-server')
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const [user, group] = ['-u', '-g'].map((word) =>
      Number(spawnSync('id', [word, 'rabbitmq']).stdout.toString()),
    )
    chownSync(data, user ?? 0, group ?? 0)
  }
  const words = isRoot
    ? ['setpriv', '--reuid=rabbitmq', '--regid=rabbitmq', '--clear-groups', program]
    : [program]
  const server = await startServer('env', words, { port: api, env })
  await answers(exporter)
  const wrong = await runRecipe(recipes.rabbitmq, api, { basic: { user: 'guest', password: 'mistaken' } })
  expect(wrong).toMatchObject({
    state: 'bad',
    available: 'yes',
    status: 'expected status 200, got 401, which refuses the credentials',
  })
  const url = `http://127.0.0.1:${exporter}/metrics`
  const exported = await runRecipe(recipes.rabbitmq, exporter, { url, basic: undefined, extract: promtext() })
  expect(exported).toMatchObject({ state: 'good' })
  expect(kindsOf(exported)).toMatchObject({ rabbitmq_connections: 'gauge' })
  await expect
    .poll(async () => kindsOf(await runRecipe(recipes.rabbitmq, api)))
    .toMatchObject(recipes.rabbitmq.metrics)
  await tryRecipe(recipes.rabbitmq, api, server)
})
