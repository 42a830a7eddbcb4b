import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { firstOf, receive } from '../sockets.ts'

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-unix-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'tocsin.sock')
}

/** What a process that was killed leaves. */
function leaveSocket(path: string): void {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  expect(existsSync(path)).toBe(true)
}

describe.skipIf(process.platform === 'win32')('a Unix socket', () => {
  it('brings lines, and is removed when it is left', async () => {
    const path = newPath()
    // Whoever may open it may send.
    const source = statsd({ listen: [`unix://${path}`], allow: [] })
    const { count, subscription } = receive(source)
    const problems = receive(source.problems)
    expect(await firstOf(source.listening)).toEqual({
      ...{ url: `unix://${path}`, address: path, family: 'unix', port: 0 },
    })
    connect(path).end('a:1|c\nwrong\n')
    expect(await count(1)).toMatchObject([{ series: { key: 'a' } }])
    expect(await problems.count(1)).toMatchObject([{ reason: 'malformed', peer: 'unix' }])
    subscription.unsubscribe()
    await expect.poll(() => existsSync(path)).toBe(false)
  })

  it('that a killed process left is taken over', async () => {
    const path = newPath()
    leaveSocket(path)
    const source = graphite({ listen: [`unix://${path}`] })
    const { count, subscription } = receive(source)
    await firstOf(source.listening)
    connect(path).end('a 1 -1\n')
    await count(1)
    subscription.unsubscribe()
  })

  it('at which somebody answers is left alone', async () => {
    const path = newPath()
    const server = createServer().listen(path)
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    await expect(firstValueFrom(statsd({ listen: [`unix://${path}`] }))).rejects.toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
      facts: { transport: 'unix', path },
    })
    expect(existsSync(path)).toBe(true)
  })

  it('of a source of this process names that', async () => {
    const path = newPath()
    const holder = statsd({ listen: [`unix://${path}`] })
    const { subscription } = receive(holder)
    await firstOf(holder.listening)
    await expect(firstValueFrom(graphite({ listen: [`unix://${path}`] }))).rejects.toMatchObject({
      facts: { holder: 'statsd' },
    })
    subscription.unsubscribe()
  })

  it('is never put in the place of a file that is none', async () => {
    const path = newPath()
    writeFileSync(path, 'precious')
    await expect(firstValueFrom(statsd({ listen: [`unix://${path}`] }))).rejects.toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
    })
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  it('in a folder that is not there is a bind that failed, with the path', async () => {
    await expect(firstValueFrom(statsd({ listen: ['unix:///nowhere/at/all.sock'] }))).rejects.toMatchObject({
      code: 'PROTOCOL_BIND_FAILED',
      facts: { path: '/nowhere/at/all.sock' },
    })
  })

  it('takes HTTP too', async () => {
    const path = newPath()
    const source = httpTrap({ secret: 'x', listen: [`unix://${path}`], allow: [] })
    const { subscription } = receive(source)
    await firstOf(source.listening)
    const sent = request({ socketPath: path, path: '/module/httptrap/x', method: 'POST', agent: false })
    sent.end('{"a":1}')
    const [{ statusCode }] = (await once(sent, 'response')) as [{ statusCode: number }]
    expect(statusCode).toBe(200)
    subscription.unsubscribe()
  })
})
