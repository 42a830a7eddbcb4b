import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

import { lockDirectory } from '../src/disk/directory-lock.ts'
import { jsonCodec, openJournal } from '../src/index.ts'
import { startChild, temporaryFolder } from './helpers/processes.ts'

const codec = jsonCodec<string>()

describe('the lock', () => {
  it(
    'refuses a second process with its number, and is released by kill -9',
    { timeout: 60_000 },
    async () => {
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
    },
  )

  it('refuses the same folder twice in one process, and takes it again after close', async () => {
    const folder = await temporaryFolder()
    const first = await openJournal(folder, { codec })
    await expect(openJournal(`${folder}/`, { codec })).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' })
    await first.close()
    await (await openJournal(folder, { codec })).close()
  })

  it('is not shared by the workers of a cluster', { timeout: 60_000 }, async () => {
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
    await expect(openJournal(folder)).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    await (await openJournal(folder, { codec })).close()
  })

  it('works with a socket file where the system has no names for sockets', async () => {
    const folder = await temporaryFolder()
    const unlock = await lockDirectory(folder, 'darwin')
    await expect(lockDirectory(folder, 'darwin')).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' })
    await unlock()
    expect(await readdir(folder)).toEqual([])
    await (
      await lockDirectory(folder, 'darwin')
    )()
  })
})
