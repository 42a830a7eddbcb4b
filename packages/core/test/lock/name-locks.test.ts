import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { lockName } from '../../src/lock/directory-lock.ts'
import { lockPart } from '../../src/lock/kernel-lock.ts'
import { openNameLocks } from '../../src/lock/name-locks.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const descriptors = (): number => readdirSync('/proc/self/fd').length

describe.each(['linux', 'darwin'] as const)('names within a folder on %s', (platform) => {
  it('belong to one of several until that lets them go, and nothing is left behind', async () => {
    const folder = await temporaryFolder()
    const [mine, theirs] = [openNameLocks(folder, platform), openNameLocks(folder, platform)]
    const first = await mine('a/../b c')
    const other = await theirs('other')
    expect(first?.held()).toBe(true)
    for (const take of [mine, theirs]) expect(await take('a/../b c')).toBeUndefined()
    expect(await mine('other')).toBeUndefined()
    await Promise.all([first?.release(), first?.release()])
    const again = await theirs('a/../b c')
    expect(again).toBeDefined()
    for (const lock of [again, other]) await lock?.release()
    expect(await readdir(folder)).toEqual([])
  })

  it('go to one of those who take them at the same time', async () => {
    const folder = await temporaryFolder()
    const takers = Array.from({ length: 8 }, () => openNameLocks(folder, platform))
    const taken = await Promise.all(takers.map((take) => take('s')))
    expect(taken.filter((lock) => lock !== undefined)).toHaveLength(1)
    for (const lock of taken) await lock?.release()
    expect(await openNameLocks(folder, platform)('s')).toBeDefined()
  })

  it('of an owner that has ended are free', async () => {
    const folder = await temporaryFolder()
    await mkdir(`${folder}/owners`)
    await writeFile(`${folder}/owners/ended`, `\n+${lockPart('s')}\n`)
    expect(await openNameLocks(folder, platform)('s')).toBeDefined()
    expect(await readdir(`${folder}/owners`)).toHaveLength(1)
  })

  it('that cannot be listed are kept by a socket each', async () => {
    const folder = await temporaryFolder()
    await writeFile(`${folder}/owners`, 'no folder')
    const take = openNameLocks(folder, platform)
    const lock = await take('s')
    expect(lock).toBeDefined()
    expect(await lockName(folder, 's', platform)).toBeUndefined()
    expect(await openNameLocks(folder, platform)('s')).toBeUndefined()
    await lock?.release()
    expect(await take('s')).toBeDefined()
  })
})

it('a thousand names cost one descriptor', async () => {
  const folder = await temporaryFolder()
  const take = openNameLocks(folder)
  const before = descriptors()
  const locks = []
  for (let index = 0; index < 1000; index += 1) locks.push(await take(`name ${index}`))
  expect(descriptors() - before).toBeLessThanOrEqual(2)
  for (const lock of locks) await lock?.release()
  expect(await readdir(folder)).toEqual([])
})

it('a name that is taken and let go over and over is told apart from those that stay', async () => {
  const folder = await temporaryFolder()
  const [mine, theirs] = [openNameLocks(folder), openNameLocks(folder)]
  const stays = await mine('stays')
  for (let index = 0; index < 1200; index += 1) await (await mine('goes'))?.release()
  expect(await theirs('stays')).toBeUndefined()
  expect(await theirs('goes')).toBeDefined()
  await stays?.release()
})

it('a line that was cut off takes nothing and hides nothing', async () => {
  const folder = await temporaryFolder()
  const [mine, theirs] = [openNameLocks(folder), openNameLocks(folder)]
  await mine('first')
  const [list] = await readdir(`${folder}/owners`)
  await appendFile(`${folder}/owners/${list}`, `\n+${lockPart('cut').slice(0, 20)}`)
  await mine('second')
  expect(await theirs('second')).toBeUndefined()
  expect(await theirs('first')).toBeUndefined()
  expect(await theirs('cut')).toBeDefined()
})
