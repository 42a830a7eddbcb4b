import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { freePort } from '../../sockets.ts'
import { recipes } from './recipes.ts'
import { needProgram } from '../../programs.ts'
import { startServer, temporaryFolder } from './servers.ts'
import { runRecipe, tryRecipe } from './try-recipe.ts'

it('HAProxy says by CSV how its proxies and servers are, to whom it knows', async (context) => {
  needProgram(context, 'haproxy', 'haproxy')
  const [port, guarded] = [await freePort('tcp'), await freePort('tcp')]
  const config = join(temporaryFolder(), 'haproxy.cfg')
  writeFileSync(
    config,
    `defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:${port}
  stats enable
  stats uri /
  default_backend app
frontend guarded
  bind 127.0.0.1:${guarded}
  stats enable
  stats uri /
  stats auth me:hidden
backend app
  server one 127.0.0.1:1 check inter 100ms fall 1
`,
  )
  const haproxy = await startServer('haproxy', ['-db', '-f', config], { port })
  const basic = { user: 'me', password: 'hidden' }
  expect(await runRecipe(recipes.haproxy, guarded, { basic })).toMatchObject({ state: 'good' })
  expect(await runRecipe(recipes.haproxy, guarded, { basic: { ...basic, password: 'wrong' } })).toMatchObject(
    {
      state: 'bad',
      available: 'yes',
      status: 'expected status 200, got 401, which refuses the credentials',
    },
  )
  const { samples } = await tryRecipe(recipes.haproxy, port, haproxy)
  expect(samples.find(({ series }) => series.key === 'app`one`status')?.value).toMatch(/^DOWN|^UP/)
})
