import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

import { lockDirectory } from '../../src/lock/directory-lock.ts'
import type { LockOwner } from '../../src/lock/lock-file.ts'
import { takeLockFile } from '../../src/lock/lock-file.ts'
import { identifyProcess, parseStat } from '../../src/lock/process-identity.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

/** This process, as if it had the folder in another network namespace. */
async function ownerElsewhere(folder: string): Promise<LockOwner> {
  const { dev, ino } = await stat(folder, { bigint: true })
  const identity = await identifyProcess()
  return { ...identity, networkNamespace: 'net:[1]', folder: `${dev}:${ino}`, token: 'a' }
}

describe.runIf(process.platform === 'linux')('a LOCK file that names', () => {
  it('a process that runs in another network namespace keeps the folder locked', async () => {
    const folder = await temporaryFolder()
    await writeFile(`${folder}/LOCK`, JSON.stringify(await ownerElsewhere(folder)))
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(lockDirectory(folder)).rejects.toMatchObject({
        code: 'DIRECTORY_LOCKED',
        facts: { directory: folder, pid: process.pid },
      })
    }
    await rm(`${folder}/LOCK`)
    await (await lockDirectory(folder)).release()
  })

  it.each<[string, Partial<Record<keyof LockOwner, unknown>>]>([
    ['a process whose number was given to another', { startTicks: 1 }],
    ['a process that ended', { pid: 2 ** 30 }],
    ['a process of an earlier boot', { bootId: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' }],
    ['a process of another pid namespace', { pidNamespace: 'pid:[1]' }],
    ['a process of this network namespace, which has lost its socket', { networkNamespace: undefined }],
    ['the owner of the folder that this one is a copy of', { folder: '1:1' }],
    ['a process without its start', { startTicks: undefined }],
    ['a number that is none', { pid: '../self' }],
  ])('%s is taken over', async (_, change) => {
    const folder = await temporaryFolder()
    const { networkNamespace } = await identifyProcess()
    const owner = { ...(await ownerElsewhere(folder)), ...change }
    if ('networkNamespace' in change) owner.networkNamespace = networkNamespace
    await writeFile(`${folder}/LOCK`, JSON.stringify(owner))
    const lock = await lockDirectory(folder)
    expect(lock.held()).toBe(true)
    expect(JSON.parse(await readFile(`${folder}/LOCK`, 'utf8'))).toMatchObject({
      pid: process.pid,
      networkNamespace,
    })
    await lock.release()
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a LOCK that nobody can read', () => {
  it.each([
    ['is empty', ''],
    ['is not JSON', '\u0000{"pid":1'],
    ['holds null', 'null'],
    ['holds a list', '[1]'],
    ['was written by an earlier release', '{"pid":1,"host":"a"}'],
    ['is huge', `{"pid":1,"host":"${'x'.repeat(1 << 20)}"}`],
  ])('is taken over where it %s', async (_, text) => {
    const folder = await temporaryFolder()
    await writeFile(`${folder}/LOCK`, text)
    await writeFile(`${folder}/LOCK.new`, text)
    const lock = await lockDirectory(folder)
    expect(lock.held()).toBe(true)
    expect(await readdir(folder)).toEqual(['LOCK'])
    await lock.release()
  })

  it.runIf(process.platform === 'linux')(
    'is not believed where it is longer than 4 KiB, however true it is',
    async () => {
      const folder = await temporaryFolder()
      const owner = JSON.stringify(await ownerElsewhere(folder))
      await writeFile(`${folder}/LOCK`, owner.padEnd(4096))
      await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' })
      await writeFile(`${folder}/LOCK`, owner.padEnd(4097))
      await (await lockDirectory(folder)).release()
    },
  )

  it.runIf(process.platform === 'linux')(
    'is taken over where it is a pipe or a link, whose target stays',
    async () => {
      const folder = await temporaryFolder()
      execFileSync('mkfifo', [`${folder}/LOCK`])
      await (await lockDirectory(folder)).release()
      await writeFile(`${folder}/target`, 'kept')
      await symlink(`${folder}/target`, `${folder}/LOCK`)
      const lock = await lockDirectory(folder)
      expect(lock.held()).toBe(true)
      await lock.release()
      expect(await readFile(`${folder}/target`, 'utf8')).toBe('kept')
    },
  )

  it('is left alone where it is a folder, and opening says so', async () => {
    const folder = await temporaryFolder()
    await mkdir(`${folder}/LOCK`)
    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'EISDIR' })
    expect(await readdir(folder)).toEqual(['LOCK'])
    await rm(`${folder}/LOCK`, { recursive: true })
    await (await lockDirectory(folder)).release()
  })
})

describe('the LOCK file', () => {
  it('is held by exactly one of many that take it at once', async () => {
    const folder = await temporaryFolder()
    const owner = { ...(await identifyProcess()), folder: '1:1', token: 'a' }
    for (let round = 0; round < 20; round += 1) {
      const files = await Promise.all(Array.from({ length: 12 }, () => takeLockFile(`${folder}/LOCK`, owner)))
      expect(files.filter((file) => file?.held() === true)).toHaveLength(1)
      for (const file of files) await file?.remove()
      expect(await readdir(folder)).toEqual([])
    }
  })
})

describe('parseStat', () => {
  const rest = `1 1 1 0 -1 4194560 100 0 0 0 5 2 0 0 20 0 11 0 123456 1000 200`

  it('finds the start of a process whose name holds spaces and parentheses', () => {
    expect(parseStat(`42 (a) Z (b) c) S ${rest}`)).toEqual({ dead: false, startTicks: 123_456 })
    expect(parseStat(`42 (node) Z ${rest}`)).toEqual({ dead: true, startTicks: 123_456 })
    expect(parseStat('42 (node) S 1')).toBeUndefined()
  })
})
