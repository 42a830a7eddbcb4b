import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { sshCheck, type SshCheckOptions } from '../../../src/checks/ssh/index.ts'
import { freePort } from '../../sockets.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
/** For what should answer: it ends what never does, and measures nothing. */
const limit = 30_000
const types = { ed25519: 256, ecdsa: 384, rsa: 2048 } as const

async function startSshd(context: TestContext): Promise<{
  readonly server: RealServer
  readonly folder: string
  readonly run: (options?: Partial<SshCheckOptions>, timeoutMs?: number) => Promise<CheckResult>
}> {
  needProgram(context, 'sshd', 'openssh-server')
  const folder = temporaryFolder()
  const port = await freePort('tcp')
  // It goes there before anybody has logged in.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  for (const [type, bits] of Object.entries(types))
    execFileSync('ssh-keygen', ['-q', '-t', type, '-b', String(bits), '-N', '', '-f', join(folder, type)])
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      `ListenAddress ${host}:${port}`,
      ...Object.keys(types).map((type) => `HostKey ${join(folder, type)}`),
      `PidFile ${folder}/pid`,
      'UsePAM no',
      'StrictModes no',
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  )
  // It refuses to be called by a name alone.
  const program = execFileSync('which', ['sshd']).toString().trim()
  const server = await startServer(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], { port })
  return {
    server,
    folder,
    run: (options, timeoutMs = limit) => runOnce(sshCheck({ host, port, ...options }), { timeoutMs }),
  }
}

describe('sshCheck of a real sshd', () => {
  it('tells of each host key what ssh-keygen tells, and nobody logs in', async (context) => {
    const { run, folder, server } = await startSshd(context)
    for (const [keyType, bits] of Object.entries(types)) {
      const keygen = (hash: string): string | undefined =>
        execFileSync('ssh-keygen', ['-l', '-E', hash, '-f', join(folder, `${keyType}.pub`)])
          .toString()
          .split(' ')[1]
      const sha256 = keygen('sha256')!
      const options = { keyType: keyType as keyof typeof types, fingerprints: [sha256] }
      const result = await run(options)
      expect(result, keyType).toMatchObject({ state: 'good', available: 'yes' })
      expect(measuredBy(result)).toMatchObject({
        banner: expect.stringMatching(/^SSH-2\.0-OpenSSH_/),
        key_bits: bits,
        fingerprint_sha256: sha256,
        fingerprint_md5: keygen('md5'),
      })
    }
    expect(measuredBy(await run())).toMatchObject({ key_type: 'ssh-ed25519' })
    expect(await run({ hostKey: false })).toMatchObject({ state: 'good' })
    const other = `SHA256:${'A'.repeat(43)}`
    expect(await run({ fingerprints: [other] })).toMatchObject({ state: 'bad', available: 'yes' })
    expect(server.said()).not.toMatch(/user/i)
  })

  it('is bad where it hangs, and where it is not there', async (context) => {
    const { run, server } = await startSshd(context)
    server.hang()
    expect(await run({}, 1000)).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    await server.kill()
    expect(await run()).toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' })
  })
})
