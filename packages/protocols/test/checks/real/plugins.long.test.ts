import { existsSync } from 'node:fs'
import { createServer } from 'node:net'

import { describe, expect, it } from 'vitest'

import { externalCheck } from '../../../src/checks/agents/external-check.ts'
import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { listen } from '../exchange/run.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'

const folder = '/usr/lib/nagios/plugins'
const run = (plugin: string, ...words: readonly string[]): Promise<CheckResult> =>
  runOnce(externalCheck({ command: [`${folder}/${plugin}`, ...words] }))

describe('externalCheck and the plugins of Debian', () => {
  it('tells state, text and performance data', async (context) => {
    needProgram(context, existsSync(folder) ? 'sh' : 'check_dummy', 'monitoring-plugins-basic')
    for (const [code, state] of ['good', 'warning', 'bad', 'unknown'].entries()) {
      const result = await run('check_dummy', String(code), 'as told')
      expect.soft(result).toMatchObject({ state, status: expect.stringMatching(/: as told$/) })
      expect.soft(measuredBy(result)).toMatchObject({ exit_code: code, problems: 0 })
    }
    const load = await run('check_load', '-w', '10000,10000,10000', '-c', '20000,20000,20000')
    expect(load).toMatchObject({ state: 'good', status: expect.stringMatching(/load average/i) })
    expect(measuredBy(load)).toMatchObject({
      load1: expect.any(Number),
      load15_critical: 20_000,
      problems: 0,
    })
    const disk = await run('check_disk', '-w', '0%', '-c', '0%', '-p', '/')
    expect(measuredBy(disk)).toMatchObject({ '/|ST[uom:B]': expect.any(Number), problems: 0 })
  })

  it('tells of a port that is open, and of one that is not', async (context) => {
    needProgram(context, existsSync(folder) ? 'sh' : 'check_tcp', 'monitoring-plugins-basic')
    const port = await listen(createServer((socket) => socket.end('hello\n')))
    const open = await run('check_tcp', '-H', '127.0.0.1', '-p', String(port), '-e', 'hello')
    expect(open).toMatchObject({ state: 'good', status: expect.stringContaining('TCP OK') })
    expect(measuredBy(open)).toMatchObject({ 'time|ST[uom:s]': expect.any(Number), problems: 0 })
    const closed = await run('check_tcp', '-H', '127.0.0.1', '-p', String(await freePort('tcp')))
    expect(closed).toMatchObject({ state: 'bad', available: 'yes', reason: 'not-good' })
  })

  it('is unknown where a plugin is called in a wrong way', async (context) => {
    needProgram(context, existsSync(folder) ? 'sh' : 'check_tcp', 'monitoring-plugins-basic')
    expect(await run('check_tcp', '--no-such-option')).toMatchObject({ state: 'unknown' })
  })

  it('ends one that hangs at the time-out', async (context) => {
    needProgram(context, existsSync(folder) ? 'sh' : 'check_tcp', 'monitoring-plugins-basic')
    const port = await listen(createServer(() => undefined))
    const words = ['-H', '127.0.0.1', '-p', String(port), '-e', 'hello', '-t', '60']
    const check = externalCheck({ command: [`${folder}/check_tcp`, ...words] })
    expect(await runOnce(check, { timeoutMs: 200 })).toMatchObject({ state: 'bad', reason: 'timed-out' })
  })
})
