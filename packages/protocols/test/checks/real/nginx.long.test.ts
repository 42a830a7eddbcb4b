import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import { authority, serverCertificate, serverKey } from '../../certificates.ts'
import { freePort } from '../../sockets.ts'
import { expired, key, root } from '../exchange/certificates.ts'
import { recipes } from './recipes.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'
import { kindsOf, runRecipe, tryRecipe } from './try-recipe.ts'

/** An nginx with this in its `http`. */
async function startNginx(
  context: TestContext,
  http: (folder: string) => string,
  port: number,
): Promise<RealServer> {
  needProgram(context, 'nginx', 'nginx')
  const folder = temporaryFolder()
  const config = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    config,
    `daemon off; pid ${folder}/pid; worker_processes 1; events {}
    http { access_log off; ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
    ${http(folder)} }`,
  )
  return startServer('nginx', ['-p', folder, '-c', config, '-e', 'stderr'], { port })
}

describe('nginx', () => {
  it('says by stub_status how it is', async (context) => {
    const port = await freePort('tcp')
    const nginx = await startNginx(
      context,
      () => `server { listen 127.0.0.1:${port}; location = /nginx_status { stub_status; } }`,
      port,
    )
    const { samples } = await tryRecipe(recipes.nginx, port, nginx)
    expect(samples.find(({ series }) => series.key === 'active')?.value).toBe(1)
  })

  it('redirects to TLS, and has one certificate that is valid and one that has ended', async (context) => {
    const [plain, secure, ended] = [await freePort('tcp'), await freePort('tcp'), await freePort('tcp')]
    await startNginx(
      context,
      (folder) => {
        const files = {
          'valid.pem': serverCertificate,
          'valid.key': serverKey,
          'ended.pem': expired,
          'ended.key': key,
        }
        for (const [name, pem] of Object.entries(files)) writeFileSync(join(folder, name), pem)
        const tls = (port: number, name: string): string =>
          `server { listen 127.0.0.1:${port} ssl; ssl_certificate ${folder}/${name}.pem;
           ssl_certificate_key ${folder}/${name}.key; location / { stub_status; } }`
        return `server { listen 127.0.0.1:${plain}; return 301 https://127.0.0.1:${secure}$request_uri; }
          ${tls(secure, 'valid')} ${tls(ended, 'ended')}`
      },
      plain,
    )
    const followed = await runRecipe(recipes.nginx, plain, { maxRedirects: 1, tls: { ca: authority } })
    expect(followed).toMatchObject({ state: 'good' })
    expect(kindsOf(followed)).toMatchObject({
      active: 'gauge',
      'cert_end_in|ST[request:2]': 'gauge',
      redirects: 'gauge',
    })
    const expiredUrl = `https://127.0.0.1:${ended}/`
    const result = await runRecipe(recipes.nginx, ended, { url: expiredUrl, tls: { ca: root } })
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toMatch(/is not valid: it ended Jan/)
    expect(result.samples.find(({ series }) => series.key === 'cert_end_in')?.value).toBeLessThan(0)
    const unverified = await runRecipe(recipes.nginx, ended, { url: expiredUrl, tls: { verify: false } })
    expect(unverified).toMatchObject({ state: 'good' })
  })

  it('packs what it sends by gzip, and what is unpacked is measured', async (context) => {
    const port = await freePort('tcp')
    await startNginx(
      context,
      (folder) => {
        writeFileSync(join(folder, 'page.txt'), 'nginx: 1\n'.repeat(5000))
        return `gzip on; gzip_types *; server { listen 127.0.0.1:${port}; root ${folder}; }`
      },
      port,
    )
    const url = `http://127.0.0.1:${port}/page.txt`
    const { samples } = await runRecipe(recipes.nginx, port, { url, bodyMatch: /^(?:nginx: 1\n){10}/ })
    expect(samples.find(({ series }) => series.key === 'bytes')?.value).toBe(45_000)
  })
})

describe('PHP-FPM behind nginx', () => {
  it('says how its pool is; without it nginx answers that it is ill', async (context) => {
    const fpm = 'php-fpm8.2'
    needProgram(context, fpm, 'php-fpm')
    const port = await freePort('tcp')
    const folder = temporaryFolder()
    const [config, socket] = [join(folder, 'fpm.conf'), join(folder, 'fpm.socket')]
    writeFileSync(
      config,
      `[global]\nerror_log = ${folder}/log\ndaemonize = no\npid = ${folder}/pid\n[www]\nuser = www-data\nlisten = ${socket}
      listen.mode = 0666\npm = static\npm.max_children = 1\npm.status_path = /fpm-status\n`,
    )
    const nginx = await startNginx(
      context,
      () => `server { listen 127.0.0.1:${port}; location = /fpm-status { fastcgi_pass unix:${socket};
        include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME /fpm-status; } }`,
      port,
    )
    expect(await runRecipe(recipes.phpFpm, port)).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'expected status 200, got 502',
    })
    await startServer(fpm, ['-F', '-y', config])
    await expect.poll(async () => (await runRecipe(recipes.phpFpm, port)).state).toBe('good')
    await tryRecipe(recipes.phpFpm, port, nginx)
  })
})
