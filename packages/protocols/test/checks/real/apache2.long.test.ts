import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import { freePort } from '../../sockets.ts'
import { recipes } from './recipes.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'
import { runRecipe, tryRecipe } from './try-recipe.ts'

const modules = {
  auth_basic: 'auth_basic',
  auth_digest: 'auth_digest',
  authn_core: 'authn_core',
  authn_file: 'authn_file',
  authz_core: 'authz_core',
  authz_user: 'authz_user',
  mpm_event: 'mpm_event',
  status: 'status',
}

async function startApache(context: TestContext, port: number): Promise<RealServer> {
  needProgram(context, 'apache2', 'apache2')
  const folder = temporaryFolder()
  const md5 = createHash('md5').update('me:status:hidden').digest('hex')
  const sha1 = createHash('sha1').update('hidden').digest('base64')
  writeFileSync(join(folder, 'digest'), `me:status:${md5}\n`)
  writeFileSync(join(folder, 'basic'), `me:{SHA}${sha1}\n`)
  const config = join(folder, 'apache2.conf')
  writeFileSync(
    config,
    `ServerRoot ${folder}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
Listen 127.0.0.1:${port}
ServerName localhost
${Object.entries(modules)
  .map(([name, file]) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${file}.so`)
  .join('\n')}
User www-data
Group www-data
ErrorLog ${folder}/log
StartServers 1
ExtendedStatus On
<LocationMatch "^/(server-status|basic|digest)">
  SetHandler server-status
</LocationMatch>
<Location /basic>
  AuthType Basic
  AuthName status
  AuthUserFile ${folder}/basic
  Require valid-user
</Location>
<Location /digest>
  AuthType Digest
  AuthName status
  AuthDigestProvider file
  AuthUserFile ${folder}/digest
  Require valid-user
</Location>
`,
  )
  return startServer('apache2', ['-D', 'FOREGROUND', '-f', config], { port })
}

describe('Apache httpd', () => {
  it('says by mod_status how it is', async (context) => {
    const port = await freePort('tcp')
    await tryRecipe(recipes.apache, port, await startApache(context, port))
  })

  it.for(['basic', 'digest'])('takes the right password by %s, and no other', async (scheme, context) => {
    const port = await freePort('tcp')
    await startApache(context, port)
    const ask = (password: string): ReturnType<typeof runRecipe> =>
      runRecipe(recipes.apache, port, {
        url: `http://127.0.0.1:${port}/${scheme}?auto`,
        [scheme]: { user: 'me', password },
      })
    expect(await ask('hidden')).toMatchObject({ state: 'good', status: 'good' })
    const wrong = await ask('mistaken')
    expect(wrong).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'expected status 200, got 401, which refuses the credentials',
    })
    expect(JSON.stringify(wrong)).not.toContain('mistaken')
  })
})
