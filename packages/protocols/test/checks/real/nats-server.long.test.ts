import { expect, it } from 'vitest'

import { freePort } from '../../sockets.ts'
import { recipes } from './recipes.ts'
import { needProgram } from '../../programs.ts'
import { startServer } from './servers.ts'
import { kindsOf, tryRecipe } from './try-recipe.ts'

it('NATS says on its port for monitoring how it is', async (context) => {
  needProgram(context, 'nats-server', 'nats-server')
  const [port, monitoring] = [await freePort('tcp'), await freePort('tcp')]
  const words = ['-a', '127.0.0.1', '-p', String(port), '-m', String(monitoring)]
  await tryRecipe(recipes.nats, monitoring, await startServer('nats-server', words, { port: monitoring }))
})

it('an exporter of Prometheus says how a machine is', async (context) => {
  const program = 'prometheus-node-exporter'
  needProgram(context, program, program)
  const port = await freePort('tcp')
  const words = [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error', '--no-collector.systemd']
  const result = await tryRecipe(recipes.nodeExporter, port, await startServer(program, words, { port }))
  // Each series comes once.
  expect(Object.keys(kindsOf(result))).toHaveLength(result.samples.length)
})
