import { constants } from 'node:fs'
import { mkdtemp, readFile, readlink, realpath, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { nodeFileSystem } from '@tocsin/core/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tocsin-core-')))
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

  it.skipIf(process.platform !== 'linux')('are durable with each write only when opened so', async () => {
    const path = join(folder, 'durable')
    await writeFile(path, 'abcdef')
    for (const mode of ['durable', 'update'] as const) {
      const file = await nodeFileSystem.open(path, mode)
      expect(((await openFlags(path)) & constants.O_DSYNC) !== 0).toBe(mode === 'durable')
      await file.write(new TextEncoder().encode(mode.slice(0, 2)), 2)
      expect(await readFile(path, 'utf8')).toBe(`ab${mode.slice(0, 2)}ef`)
      await file.close()
    }
    await expect(nodeFileSystem.open(join(folder, 'none'), 'durable')).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('take a new name only where none is there', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    await writeFile(from, 'from')
    await writeFile(to, 'to')
    await expect(nodeFileSystem.renameNew(from, to)).rejects.toMatchObject({ code: 'EEXIST' })
    expect([await readFile(from, 'utf8'), await readFile(to, 'utf8')]).toEqual(['from', 'to'])
    await nodeFileSystem.remove(to)
    await nodeFileSystem.renameNew(from, to)
    expect(await nodeFileSystem.list(folder)).toEqual(['to'])
    expect(await readFile(to, 'utf8')).toBe('from')
    await expect(nodeFileSystem.renameNew(from, to)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('take a second name only where none is there, and have both then', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    await writeFile(from, 'from')
    await nodeFileSystem.link(from, to)
    expect(await nodeFileSystem.list(folder)).toEqual(['from', 'to'])
    await nodeFileSystem.remove(from)
    expect(await readFile(to, 'utf8')).toBe('from')
    await writeFile(from, 'other')
    await expect(nodeFileSystem.link(from, to)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(to, 'utf8')).toBe('from')
  })

  it.skipIf(process.platform !== 'linux')('pass on that a second name cannot be given', async () => {
    // As file systems without links answer for files, every one does for folders.
    await nodeFileSystem.makeDirectory(join(folder, 'below'))
    const renamed = nodeFileSystem.renameNew(join(folder, 'below'), join(folder, 'new'))
    await expect(renamed).rejects.toMatchObject({ code: 'EPERM' })
    expect(await nodeFileSystem.list(folder)).toEqual(['below'])
  })

  it('are cut off, or filled up with zeros', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'abcdef')
    const file = await nodeFileSystem.open(path, 'update')
    await file.truncate(2)
    expect(await file.size()).toBe(2)
    await file.truncate(4)
    expect(await readFile(path, 'utf8')).toBe('ab\0\0')
    await file.close()
    const reader = await nodeFileSystem.open(path, 'read')
    await expect(reader.truncate(0)).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(reader.write(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'EBADF' })
    await reader.close()
  })

  it('stay readable when their name is removed', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'abc')
    const file = await nodeFileSystem.open(path, 'read')
    await nodeFileSystem.remove(path)
    expect(await file.read(new Uint8Array(8), 0)).toBe(3)
    await file.close()
  })

  it('tell how many bytes may still be written', async () => {
    const free = await nodeFileSystem.freeBytes(folder)
    const { blocks, bsize } = await statfs(folder)
    expect(free).toBeGreaterThan(0)
    expect(free).toBeLessThanOrEqual(blocks * bsize)
    await expect(nodeFileSystem.freeBytes(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

/** Of the only descriptor of this process for the file. */
async function openFlags(path: string): Promise<number> {
  for (const fd of await nodeFileSystem.list('/proc/self/fd'))
    if ((await readlink(`/proc/self/fd/${fd}`).catch(() => '')) === path) {
      const info = await readFile(`/proc/self/fdinfo/${fd}`, 'utf8')
      return Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8)
    }
  throw new Error(`${path} is not open`)
}
