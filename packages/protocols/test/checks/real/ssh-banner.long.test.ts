import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { tcpCheck } from '../../../src/checks/network/tcp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'

describe('tcpCheck and openssh-server', () => {
  it('reads its banner, and is bad where it is another, where it hangs, and where it is gone', async (context) => {
    needProgram(context, 'sshd', 'openssh-server')
    const folder = temporaryFolder()
    const key = join(folder, 'key')
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    // Where it gives up its privileges, if it has any; init makes it at each start.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const port = await freePort('tcp')
    const words = ['-D', '-e', '-f', '/dev/null', '-h', key, '-p', String(port)]
    const server = await startServer('/usr/sbin/sshd', [...words, '-o', `ListenAddress=${host}`], { port })
    const check = tcpCheck({ host, port, banner: /^SSH-2\.0-OpenSSH_/ })
    const result = await runOnce(check)
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(result)).toMatchObject({ banner: expect.stringContaining('SSH-2.0-OpenSSH_') })
    expect(await runOnce(tcpCheck({ host, port, banner: 'SSH-1.' }))).toMatchObject({
      state: 'bad',
      available: 'yes',
    })
    server.hang()
    expect(await runOnce(check, { timeoutMs: 200 })).toMatchObject({ state: 'bad', reason: 'timed-out' })
    server.goOn()
    expect(await runOnce(check)).toMatchObject({ state: 'good' })
    await server.kill()
    expect(await runOnce(check)).toMatchObject({
      state: 'bad',
      available: 'no',
      status: `no connection to 127.0.0.1:${port}: ECONNREFUSED`,
    })
  })
})
