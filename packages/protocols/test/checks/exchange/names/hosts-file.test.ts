import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import {
  createHostsFile,
  maxHostsBytes,
  parseHosts,
} from '../../../../src/checks/exchange/names/hosts-file.ts'

describe('parseHosts', () => {
  it('reads addresses with their names, and passes over what is none', () => {
    const text =
      '#1.2.3.4 no\r\n\n127.0.0.1 LocalHost db#x\r\n::1\tlocalhost\nbroken localhost\n127.0.0.1 db\n192.0.2.1'
    expect([...parseHosts(text)]).toEqual([
      ['localhost', ['127.0.0.1', '::1']],
      ['db', ['127.0.0.1']],
    ])
  })
})

describe('createHostsFile', () => {
  it('reads no more than the whole lines of its first 4 MiB, and tells', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hosts-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'hosts')
    await writeFile(path, `192.0.2.1 first\n${' '.repeat(maxHostsBytes - 30)}\n192.0.2.2 second\n`)
    const file = createHostsFile(path)
    expect([...(await file.read(0)).keys()]).toEqual(['first'])
    expect(file.isCut).toBe(true)
    await writeFile(path, '192.0.2.1 first\n')
    await file.read(5000)
    expect(file.isCut).toBe(false)
  })
})
