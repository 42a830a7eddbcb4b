import { link, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'

import { lockDirectory } from '../../src/lock/directory-lock.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

describe('the fence', () => {
  it('needs another file in the place of LOCK: what is written into it changes nothing', async () => {
    const folder = await temporaryFolder()
    const lock = await lockDirectory(folder)
    onTestFinished(() => lock.release())
    await writeFile(`${folder}/LOCK`, 'somebody else')
    expect(lock.held()).toBe(true)
    await writeFile(`${folder}/other`, 'somebody else')
    expect(lock.held()).toBe(true)
    await rename(`${folder}/other`, `${folder}/LOCK`)
    expect(lock.held()).toBe(false)
    await lock.release()
    expect(await readFile(`${folder}/LOCK`, 'utf8')).toBe('somebody else')
  })

  it('holds where a backup of hard links keeps the file of the former owner alive', async () => {
    const folder = await temporaryFolder()
    const lock = await lockDirectory(folder)
    onTestFinished(() => lock.release())
    await link(`${folder}/LOCK`, `${folder}/backup`)
    expect(lock.held()).toBe(true)
    await writeFile(`${folder}/other`, '')
    await rename(`${folder}/other`, `${folder}/LOCK`)
    expect((await stat(`${folder}/backup`)).nlink).toBe(1)
    expect(lock.held()).toBe(false)
  })

  it('stays lost when the file comes back, and is lost when LOCK is removed', async () => {
    const folder = await temporaryFolder()
    const lock = await lockDirectory(folder)
    onTestFinished(() => lock.release())
    await rename(`${folder}/LOCK`, `${folder}/elsewhere`)
    expect(lock.held()).toBe(false)
    await rename(`${folder}/elsewhere`, `${folder}/LOCK`)
    expect(lock.held()).toBe(false)
  })
})
