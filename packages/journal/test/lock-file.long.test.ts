import { execFileSync } from 'node:child_process'
import { readdir, rename, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'

import { identifyProcess, lockDirectory, takeLockFile } from '@tocsin/core/lock'
import { smallFileSystem } from './helpers/namespaces.ts'

describe('the LOCK file', () => {
  it('may be empty on a full disk, and fences all the same', async (context) => {
    const folder = await smallFileSystem(context, 'size=4k')
    await writeFile(`${folder}/data`, Buffer.alloc(4096))
    const lock = await lockDirectory(folder)
    onTestFinished(() => lock.release())
    expect((await stat(`${folder}/LOCK`)).size).toBe(0)
    expect(lock.held()).toBe(true)
    await rename(`${folder}/data`, `${folder}/LOCK`)
    expect(lock.held()).toBe(false)
  })

  it('may be missing on a disk without room for a file; the former owner is fenced, and so is this one by the next', async (context) => {
    const folder = await smallFileSystem(context, 'size=64k,nr_inodes=3')
    await writeFile(`${folder}/data`, '')
    const owner = { ...(await identifyProcess()), folder: '1:1', token: 'a' }
    const former = await takeLockFile(`${folder}/LOCK`, owner)
    expect(former?.held()).toBe(true)
    const lock = await lockDirectory(folder)
    expect([former?.held(), lock.held()]).toEqual([false, true])
    expect(await readdir(folder)).toEqual(['data'])
    await rename(`${folder}/data`, `${folder}/LOCK`)
    expect(lock.held()).toBe(false)
    await former?.remove()
    await lock.release()
    expect(await readdir(folder)).toEqual(['LOCK'])
  })

  it('rejects with the error of a read-only disk, and lets the socket go', async (context) => {
    const folder = await smallFileSystem(context, 'size=64k')
    execFileSync('mount', ['-o', 'remount,ro', folder])
    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'EROFS' })
    execFileSync('mount', ['-o', 'remount,rw', folder])
    await (await lockDirectory(folder)).release()
  })
})
