import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { nodeFileSystem } from '@tocsin/core/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-core-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the files of the machine', () => {
  it('make a folder with its parents, and leave one alone that is there', async () => {
    const deep = join(folder, 'a/b/c')
    await nodeFileSystem.makeDirectory(deep)
    await nodeFileSystem.makeDirectory(deep)
    expect(await nodeFileSystem.list(join(folder, 'a/b'))).toEqual(['c'])
  })

  it('refuse a folder where a file is, or below one', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(nodeFileSystem.makeDirectory(file)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(nodeFileSystem.makeDirectory(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.skipIf(process.platform !== 'linux')('refuse a folder in /proc instead of trying for ever', async () => {
    await expect(nodeFileSystem.makeDirectory('/proc/tocsin/data')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('write at a place, read it back, and give fewer bytes only at the end', async () => {
    const file = await nodeFileSystem.open(join(folder, 'new'), 'create')
    await file.write(new Uint8Array([1, 2, 3]), 2)
    await file.sync()
    const into = new Uint8Array(8)
    expect(await file.read(into, 0)).toBe(5)
    expect([...into]).toEqual([0, 0, 1, 2, 3, 0, 0, 0])
    expect(await file.size()).toBe(5)
    await file.close()
    await expect(nodeFileSystem.open(join(folder, 'new'), 'create')).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await nodeFileSystem.readFile(join(folder, 'none'))).toBeUndefined()
  })
})
