import { lockDirectory } from '@tocsin/core/lock'
import { relative } from 'node:path'
import { describe, expect, it } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { startChild, temporaryFolder } from './helpers/processes.ts'

const codec = jsonCodec<string>()

describe('the lock', () => {
  it('refuses a second process with its number, and is released by kill -9', async () => {
    const folder = await temporaryFolder()
    const child = startChild(folder, 'hold')
    await child.printed(1)
    await expect(openJournal(folder, { codec })).rejects.toMatchObject({
      code: 'JOURNAL_LOCKED',
      message: `JOURNAL_LOCKED: ${folder} is open in process ${child.pid}; close it there or use another folder`,
    })
    await child.kill()
    const journal = await openJournal(folder, { codec })
    const second = startChild(folder, 'hold')
    await second.printed(1)
    expect(second.lines[0]).toContain(`is open in process ${process.pid}`)
    await journal.close()
  })

  it('refuses the same folder twice in one process, and takes it again after close', async () => {
    const folder = await temporaryFolder()
    const first = await openJournal(folder, { codec })
    await expect(openJournal(`${folder}/`, { codec })).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' })
    await first.close()
    await (await openJournal(folder, { codec })).close()
  })

  it('is not shared by the workers of a cluster', async () => {
    const folder = await temporaryFolder()
    const child = startChild(folder, 'cluster')
    await child.printed(2)
    const lines = [...child.lines].sort()
    expect(lines[0]).toContain('JOURNAL_LOCKED')
    expect(lines[1]).toBe('open')
  })

  it('is let go when opening fails', async () => {
    const folder = await temporaryFolder()
    await (await openJournal(folder, { codec })).close()
    await expect(openJournal(folder)).rejects.toMatchObject({ code: 'JOURNAL_CODEC_MISMATCH' })
    await (await openJournal(folder, { codec })).close()
  })

  it('is still held by a process that has changed its folder', async () => {
    const folder = await temporaryFolder()
    const child = startChild(relative(process.cwd(), folder), 'lock')
    await child.printed(1)
    process.kill(child.pid, 'SIGUSR2')
    await child.printed(2)
    expect(child.lines).toEqual(['open', 'held true'])
  })

  it('stays with a process that is stopped', async () => {
    const folder = await temporaryFolder()
    const child = startChild(folder, 'lock')
    await child.printed(1)
    process.kill(child.pid, 'SIGSTOP')
    await expect(lockDirectory(folder)).rejects.toMatchObject({
      code: 'DIRECTORY_LOCKED',
      facts: { pid: child.pid },
    })
    await child.kill()
    await (await lockDirectory(folder)).release()
  })
})
