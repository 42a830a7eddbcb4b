import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { start, startInVain } from './start.ts'

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

describe('an observatory that cannot start', () => {
  it.each(['--http-port', '--statsd-port', '--graphite-port'])(
    'says in one sentence that the port of %s is taken, and exits with 1',
    async (flag) => {
      const { port, free } = await takePort(flag)
      try {
        const { code, errors } = await startInVain(join(folder, 'data'), flag, port)
        expect(code).toBe(1)
        expect(errors).toBe(
          `Port ${port} on 127.0.0.1 is taken; stop what listens there or choose another with ${flag}.\n`,
        )
      } finally {
        free()
      }
    },
  )

  it('says in one sentence that its folder cannot be written, and exits with 1', async () => {
    // A file where the folder should be refuses everybody, root too.
    await writeFile(join(folder, 'file'), '')
    const { code, errors } = await startInVain(join(folder, 'file', 'data'))
    expect(code).toBe(1)
    expect(errors).toBe(
      `The folder ${join(folder, 'file', 'data')} cannot be written (ENOTDIR); choose another with --data.\n`,
    )
  })

  it('names --host where nothing of this machine has that address', async () => {
    // 203.0.113.0/24 is kept for documents.
    const { code, errors } = await startInVain(join(folder, 'data'), '--host', '203.0.113.1')
    expect(code).toBe(1)
    expect(errors).toBe(
      '203.0.113.1 cannot be listened on (EADDRNOTAVAIL); choose an address of this machine, such as 127.0.0.1, with --host.\n',
    )
  })

  it('refuses a second instance on the same folder in one sentence and leaves the first unharmed', async () => {
    const data = join(folder, 'data')
    const first = await start(data)
    try {
      const { code, errors } = await startInVain(data)
      expect(code).toBe(1)
      expect(errors).toBe(
        `The folder ${data} is in use by process ${first.process.pid ?? ''}; stop that or choose another folder with --data.\n`,
      )
      expect((await fetch(`${first.url}/healthz`)).status).toBe(200)
    } finally {
      await first.stop()
    }
    const again = await start(data)
    await again.stop()
  })

  it('says what an option takes', async () => {
    const { code, errors } = await startInVain(join(folder, 'data'), '--period-ms', 'often')
    expect(code).toBe(1)
    expect(errors).toBe('--period-ms takes a whole number from 100 to 60000, got "often".\n')
  })
})
