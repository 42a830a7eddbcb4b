import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { startObservatory } from '../observatory.ts'
import { defaultSettings } from '../settings.ts'
import type { Settings } from '../settings.ts'
import { start, startInVain } from './start.ts'

const onFreePorts: Settings = { ...defaultSettings, httpPort: 0, statsdPort: 0, graphitePort: 0 }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-'))
})
afterEach(async () => {
  await chmod(folder, 0o700)
  await rm(folder, { recursive: true, force: true })
})

interface TakenPort {
  readonly port: string
  readonly free: () => void
}

async function takePort(flag: string): Promise<TakenPort> {
  if (flag === '--statsd-port') return takeUdpPort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: String((server.address() as AddressInfo).port), free: () => server.close() }
}

function takeUdpPort(): Promise<TakenPort> {
  const socket = createSocket('udp4')
  return new Promise((resolve) =>
    socket.bind(0, '127.0.0.1', () =>
      resolve({ port: String(socket.address().port), free: () => socket.close() }),
    ),
  )
}

/** What keeps it from starting, in this process: what `main.ts` prints. */
async function sentence(settings: Partial<Settings>): Promise<string> {
  const given = { ...onFreePorts, data: join(folder, 'data'), ...settings }
  const observatory = await startObservatory(given).catch((error: unknown) => error)
  if (observatory instanceof Error) return observatory.message
  throw new Error('it started')
}

describe('an observatory that cannot start', () => {
  it('says why in one sentence on standard error and exits with 1', async () => {
    const { port, free } = await takePort('--http-port')
    try {
      const { code, errors } = await startInVain(join(folder, 'data'), '--http-port', port)
      expect(code).toBe(1)
      expect(errors).toBe(
        `Port ${port} on 127.0.0.1 is taken; stop what listens there or choose another with --http-port.\n`,
      )
    } finally {
      free()
    }
  })

  it.each([
    ['--http-port', 'httpPort'],
    ['--statsd-port', 'statsdPort'],
    ['--graphite-port', 'graphitePort'],
  ])('names %s where its port is taken', async (flag, setting) => {
    const { port, free } = await takePort(flag)
    try {
      expect(await sentence({ [setting]: Number(port) })).toBe(
        `Port ${port} on 127.0.0.1 is taken; stop what listens there or choose another with ${flag}.`,
      )
    } finally {
      free()
    }
  })

  it('names --data where its folder cannot be written', async () => {
    // A file where the folder should be refuses everybody, root too.
    await writeFile(join(folder, 'file'), '')
    const data = join(folder, 'file', 'data')
    expect(await sentence({ data })).toBe(
      `The folder ${data} cannot be written (ENOTDIR); choose another with --data.`,
    )
  })

  it('names --data where it leads nowhere, and where a folder is in the place of a file', async () => {
    const data = join(folder, 'link')
    await symlink(join(folder, 'nowhere', 'data'), data)
    expect(await sentence({ data })).toBe(
      `The folder ${data} cannot be written (ENOENT); choose another with --data.`,
    )
    const other = join(folder, 'other')
    await mkdir(join(other, 'httptrap-secret'), { recursive: true })
    expect(await sentence({ data: other })).toBe(
      `The folder ${other} cannot be written (EISDIR); choose another with --data.`,
    )
  })

  it('starts all the same where a full disk has left its secret empty, with a new one that is kept', async () => {
    const secret = join(folder, 'httptrap-secret')
    await writeFile(secret, '')
    const observatory = await startObservatory({ ...onFreePorts, data: folder })
    await observatory.close()
    expect(observatory.trapPath).toMatch(/\/[0-9a-f]{24}$/)
    expect(observatory.trapPath.endsWith(await readFile(secret, 'utf8'))).toBe(true)
  })

  it('names --host where nothing of this machine has that address', async () => {
    // 203.0.113.0/24 is kept for documents.
    expect(await sentence({ host: '203.0.113.1' })).toBe(
      '203.0.113.1 cannot be listened on (EADDRNOTAVAIL); choose an address of this machine, such as 127.0.0.1, with --host.',
    )
  })

  it('is refused a folder that is in use, names who has it, and leaves that one unharmed', async () => {
    const data = join(folder, 'data')
    const first = await start(data)
    try {
      expect(await sentence({ data })).toBe(
        `The folder ${data} is in use by process ${first.process.pid ?? ''}; stop that or choose another folder with --data.`,
      )
      expect((await fetch(`${first.url}/healthz`)).status).toBe(200)
    } finally {
      await first.stop()
    }
    const next = await startObservatory({ ...onFreePorts, data })
    await next.close()
  })
})
