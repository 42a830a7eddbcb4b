import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
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

const oneSentence = (text: string): boolean =>
  text.trim().split('\n').length === 1 && !text.includes('    at ')

async function takePort(): Promise<{ port: string; free: () => void }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: String((server.address() as AddressInfo).port), free: () => server.close() }
}

describe('an observatory that cannot start', () => {
  it.each(['--http-port', '--graphite-port'])(
    'says in one sentence that the port of %s is taken, and exits with 1',
    async (flag) => {
      const { port, free } = await takePort()
      try {
        const { code, errors } = await startInVain(join(folder, 'data'), flag, port)
        expect(code).toBe(1)
        expect(errors).toContain(port)
        expect(errors).toMatch(/taken/i)
        expect(oneSentence(errors), errors).toBe(true)
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
    expect(errors).toContain(join(folder, 'file', 'data'))
    expect(oneSentence(errors), errors).toBe(true)
  })

  it('refuses a second instance on the same folder in one sentence and leaves the first unharmed', async () => {
    const data = join(folder, 'data')
    const first = await start(data)
    try {
      const { code, errors } = await startInVain(data)
      expect(code).toBe(1)
      expect(errors).toContain(`process ${first.process.pid ?? ''}`)
      expect(oneSentence(errors), errors).toBe(true)
      expect((await fetch(`${first.url}/api/state`)).status).toBe(200)
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
