import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, it, vi } from 'vitest'

import { findTools, linesToPaste } from '../banner.ts'
import type { Tools } from '../banner.ts'
import { startObservatory } from '../observatory.ts'
import type { Observatory } from '../observatory.ts'
import { defaultSettings } from '../settings.ts'
import { asking } from './ask.ts'

const bare: Tools = { netcat: undefined, bash: false, curl: false }
const here = findTools()
const forms: readonly (readonly [name: string, tools: Tools, isThere: boolean])[] = [
  ['nc', { ...bare, netcat: here.netcat }, here.netcat !== undefined],
  ['bash', { ...bare, bash: true }, here.bash],
  ['curl', { ...bare, curl: true }, here.curl],
  ['node', bare, true],
]
for (const [name, , isThere] of forms) {
  if (!isThere) console.log(`skipped: no ${name} here; on Debian: apt-get install netcat-openbsd bash curl`)
}

describe('what is pasted', () => {
  let folder = ''
  let observatory: Observatory
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'observatory-'))
    const ports = { httpPort: 0, statsdPort: 0, graphitePort: 0 }
    observatory = await startObservatory({ ...defaultSettings, ...ports, data: join(folder, 'data') })
  })
  afterAll(async () => {
    await observatory.close()
    await rm(folder, { recursive: true, force: true })
  })

  const received = async (source: string): Promise<number> => {
    const { status } = await asking(observatory.url).state()
    return status.sources.find(({ name }) => name === source)?.samples ?? 0
  }

  for (const [name, tools, isThere] of forms) {
    it.skipIf(!isThere && process.env['TOCSIN_REQUIRE_PEERS'] !== '1')(`arrives by ${name}`, async () => {
      for (const [index, source] of ['statsd', 'Graphite', 'HTTPTrap'].entries()) {
        const before = await received(source)
        await promisify(execFile)('sh', ['-c', linesToPaste(observatory, tools)[index] ?? ''])
        await vi.waitUntil(async () => (await received(source)) === before + 1, { timeout: 50_000 })
      }
    })
  }
})
