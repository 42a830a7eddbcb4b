import { writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import { nrpeCheck, type NrpeCheckOptions } from '../../../src/checks/agents/nrpe-check.ts'
import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { chained, expired, intermediate, key, root } from '../exchange/certificates.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
/** For what should answer: it ends what never does, and measures nothing. */
const limit = 30_000

interface Daemon {
  readonly server: RealServer
  readonly run: (options?: Partial<NrpeCheckOptions>, timeoutMs?: number) => Promise<CheckResult>
}

async function startNrpe(
  context: TestContext,
  settings: readonly string[] = [],
  words: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  needProgram(context, 'nrpe', 'nagios-nrpe-server')
  const folder = temporaryFolder()
  const port = await freePort('tcp')
  const isRoot = userInfo().uid === 0
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(
    join(folder, 'nrpe.cfg'),
    [
      `pid_file=${folder}/nrpe.pid`,
      `log_file=${folder}/nrpe.log`,
      `server_address=${host}`,
      `server_port=${port}`,
      `nrpe_user=${isRoot ? 'nobody' : userInfo().username}`,
      `nrpe_group=${isRoot ? 'nogroup' : String(userInfo().gid)}`,
      `allowed_hosts=${host}`,
      'command_timeout=5',
      'command[ill]=/bin/sh -c "echo \'DISK CRITICAL|/=99%;80;90\'; exit 2"',
      "command[long]=/bin/sh -c \"head -c 5000 /dev/zero | tr '\\000' x; echo '|late=1'\"",
      'command[slow]=/bin/sleep 5',
      ...settings.map((line) => line.replaceAll('$FOLDER', folder)),
      '',
    ].join('\n'),
  )
  const server = await startServer('nrpe', [...words, '-c', join(folder, 'nrpe.cfg'), '-f'], { port })
  return {
    server,
    run: (options, timeoutMs = limit) => runOnce(nrpeCheck({ host, port, ...options }), { timeoutMs }),
  }
}

describe('nrpeCheck of a real daemon of NRPE', () => {
  it('asks by TLS without certificates, in version 4 and 2', async (context) => {
    const { run } = await startNrpe(context)
    const result = await run()
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(result.status).toMatch(/^NRPE v4\./)
    expect(measuredBy(result)['tls_version']).toBe('TLSv1.2')
    expect(await run({ version: 2 })).toMatchObject({ state: 'good', status: result.status })
    const ill = await run({ command: 'ill' })
    expect(ill).toMatchObject({ state: 'bad', available: 'yes', status: 'DISK CRITICAL' })
    expect(measuredBy(ill)).toMatchObject({ '/|ST[uom:%]': 99, '/_critical|ST[uom:%]': 90 })
    const long = { command: 'long' }
    expect(measuredBy(await run(long))).toMatchObject({ late: 1 })
    expect(measuredBy(await run({ ...long, version: 2 }))).not.toHaveProperty('late')
    expect(await run({ command: 'none' })).toMatchObject({
      state: 'unknown',
      available: 'yes',
      status: "NRPE: Command 'none' not defined",
    })
  })

  it('is bad where it hangs up at arguments, as that of Debian does', async (context) => {
    const { run } = await startNrpe(context)
    const result = await run({ command: 'ill', args: ['this'] })
    expect(result).toMatchObject({ state: 'bad', available: 'no' })
    expect(result.status).toContain('it ended the connection when it was asked')
  })

  it('asks one that speaks no TLS, and sees that it does not', async (context) => {
    const { run } = await startNrpe(context, [], ['-n'])
    expect(await run({ tls: false })).toMatchObject({ state: 'good' })
    expect(await run()).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('verifies the certificate of one that has one', async (context) => {
    const settings = [
      'ssl_use_adh=0',
      'ssl_cert_file=$FOLDER/cert.pem',
      'ssl_privatekey_file=$FOLDER/key.pem',
      'ssl_cacert_file=$FOLDER/root.pem',
      'ssl_client_certs=0',
    ]
    const files = { 'key.pem': key, 'root.pem': root }
    const good = await startNrpe(context, settings, [], {
      ...files,
      'cert.pem': `${chained}\n${intermediate}`,
    })
    expect(await good.run({ tls: { ca: root } })).toMatchObject({ state: 'good' })
    const ended = await startNrpe(context, settings, [], { ...files, 'cert.pem': expired })
    const result = await ended.run({ tls: { ca: root } })
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toContain('it ended')
    expect(await ended.run({ tls: { ca: root, verify: false } })).toMatchObject({ state: 'good' })
  })

  it('is bad where its command is slow, it hangs, or it is not there', async (context) => {
    const { run, server } = await startNrpe(context)
    expect(await run({ command: 'slow' }, 1000)).toMatchObject({ state: 'bad', reason: 'timed-out' })
    server.hang()
    expect(await run({}, 1000)).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    await server.kill()
    expect(await run()).toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' })
  })
})
