import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

import { lockDirectory, lockName } from '../../src/lock/directory-lock.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

describe('the lock of a folder', () => {
  it.each(['linux', 'darwin'] as const)(
    'leaves nothing behind on %s, and is not held any more',
    async (platform) => {
      const folder = await temporaryFolder()
      const lock = await lockDirectory(folder, platform)
      await expect(lockDirectory(folder, platform)).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' })
      expect(lock.held()).toBe(true)
      await Promise.all([lock.release(), lock.release()])
      expect(lock.held()).toBe(false)
      expect(await readdir(folder)).toEqual([])
      const next = await lockDirectory(folder, platform)
      await lock.release()
      expect(next.held()).toBe(true)
      await next.release()
    },
  )

  it.each(['linux', 'darwin'] as const)('tells names within a folder apart on %s', async (platform) => {
    const folder = await temporaryFolder()
    const directory = await lockDirectory(folder, platform)
    const first = await lockName(folder, 'a/../b c', platform)
    expect(first?.held()).toBe(true)
    expect(await lockName(folder, 'a/../b c', platform)).toBeUndefined()
    const other = await lockName(folder, 'x'.repeat(300), platform)
    expect(other).toBeDefined()
    await first?.release()
    const again = await lockName(folder, 'a/../b c', platform)
    expect(again).toBeDefined()
    for (const lock of [again, other, directory]) await lock?.release()
    expect(await readdir(folder)).toEqual([])
  })
})
