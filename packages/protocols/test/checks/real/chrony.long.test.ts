import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { ntpCheck } from '../../../src/checks/network/ntp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'

async function startChrony(...lines: readonly string[]): Promise<{
  readonly port: number
  readonly server: RealServer
}> {
  const folder = temporaryFolder()
  const port = await freePort('udp')
  const settings = [
    `port ${port}`,
    'cmdport 0',
    'bindaddress 127.0.0.1',
    'allow 127.0.0.1',
    `pidfile ${join(folder, 'pid')}`,
    'bindcmdaddress /',
    ...lines,
  ]
  const path = join(folder, 'chrony.conf')
  writeFileSync(path, `${settings.join('\n')}\n`)
  // It leaves the clock alone.
  const server = await startServer('chronyd', ['-d', '-x', '-U', '-u', 'root', '-f', path])
  // A port of UDP shows by answers only.
  for (;;) {
    const { available } = await runOnce(ntpCheck({ host, port, probes: 1, waitMs: 100 }))
    if (available === 'yes') return { port, server }
    await wait(20)
  }
}

describe('ntpCheck and chrony', () => {
  it('measures a server that follows its own clock, which is that of this system', async (context) => {
    needProgram(context, 'chronyd', 'chrony')
    const { port } = await startChrony('local stratum 3')
    const result = await runOnce(ntpCheck({ host, port, maxOffsetMs: 1000 }))
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    const measured = measuredBy(result)
    expect(measured).toMatchObject({ requests: 4, responses: 4, stratum: 3 })
    expect(Math.abs(measured['offset_ms'] as number)).toBeLessThan(1000)
    expect(measured['precision']).toBeLessThan(0.001)
  })

  it('is not answered to a question of control, which chrony does not know', async (context) => {
    needProgram(context, 'chronyd', 'chrony')
    const { port } = await startChrony('local stratum 3')
    const result = await runOnce(ntpCheck({ host, port, control: true, waitMs: 100 }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'no',
      status: `no answer from 127.0.0.1:${port} to 3 requests`,
    })
  })

  it('is bad where the server does not know the time', async (context) => {
    needProgram(context, 'chronyd', 'chrony')
    const { port } = await startChrony()
    expect(await runOnce(ntpCheck({ host, port, probes: 1 }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'it is not synchronised itself',
    })
  })

  it('is bad and not available where it hangs, and where it is gone', async (context) => {
    needProgram(context, 'chronyd', 'chrony')
    const { port, server } = await startChrony('local stratum 3')
    server.hang()
    const check = ntpCheck({ host, port, probes: 2, waitMs: 100 })
    expect(await runOnce(check)).toMatchObject({ state: 'bad', available: 'no' })
    server.goOn()
    expect(await runOnce(ntpCheck({ host, port }))).toMatchObject({ state: 'good' })
    await server.kill()
    expect(await runOnce(check)).toMatchObject({ state: 'bad', available: 'no' })
  })
})
