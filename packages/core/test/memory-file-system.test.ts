import type { OpenMode } from '@tocsin/core'
import { memoryFileSystem } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

import { bytes, everything, nothing, textOf, withFile } from './helpers/memory-files.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a process that is killed', () => {
  it('does neither its n-th operation nor a later one, and all before', async () => {
    for (let n = 1; n <= 9; n += 1) {
      const fileSystem = memoryFileSystem()
      fileSystem.stopAt(n)
      const done: number[] = []
      const run = async (): Promise<void> => {
        await fileSystem.makeDirectory('d')
        done.push(1)
        const file = await fileSystem.open('d/a', 'create')
        done.push(2)
        await file.write(bytes('abc'), 0)
        done.push(3)
        await file.sync()
        done.push(4)
        await file.truncate(2)
        done.push(5)
        await fileSystem.rename('d/a', 'd/b')
        done.push(6)
        await fileSystem.syncDirectory('d')
        done.push(7)
        await fileSystem.remove('d/b')
        done.push(8)
      }
      void run()
      await settle()
      expect(done).toHaveLength(Math.min(8, n - 1))
      expect(fileSystem.operations).toBe(Math.min(8, n))
      const next = fileSystem.processKill()
      const names = n === 1 ? undefined : await next.list('d')
      expect(names).toEqual([undefined, [], ['a'], ['a'], ['a'], ['a'], ['b'], ['b'], []][n - 1])
      const content = names?.[0] === undefined ? undefined : await textOf(next, `d/${names[0]}`)
      expect(content).toBe([undefined, undefined, '', 'abc', 'abc', 'ab', 'ab', 'ab', undefined][n - 1])
    }
  })

  it.each<[OpenMode]>([['update'], ['durable']])(
    'may leave any part of a write under way (%s)',
    async (mode) => {
      const { fileSystem } = await withFile()
      const file = await fileSystem.open('d/file', mode)
      fileSystem.stopAt(fileSystem.operations + 1, { stored: 1 })
      void file.write(bytes('abcd'), 8)
      await settle()
      expect(await textOf(fileSystem.processKill(), 'd/file')).toBe('01234567a9')
      expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('0123456789')
      expect(await textOf(fileSystem.powerCut(everything), 'd/file')).toBe('01234567abcd')
      const torn = fileSystem.powerCut({ sectorBytes: 2, grow: (zeros) => zeros })
      expect(await textOf(torn, 'd/file')).toBe('0123456789\0\0')
    },
  )

  it('leaves what was not synced to a later power cut, and does not touch what the next one does', async () => {
    const { fileSystem, file } = await withFile()
    await file.write(bytes('ab'), 0)
    await fileSystem.open('d/new', 'create')
    const next = fileSystem.processKill()
    await file.write(bytes('xy'), 4)
    expect(await textOf(next, 'd/file')).toBe('ab23456789')
    expect(await next.list('d')).toEqual(['file', 'new'])
    const after = next.powerCut(nothing)
    expect(await textOf(after, 'd/file')).toBe('0123456789')
    expect(await after.list('d')).toEqual(['file'])
  })
})

describe('open files', () => {
  it('stay readable when their name is removed or taken', async () => {
    const { fileSystem, file } = await withFile()
    const next = await fileSystem.open('d/next', 'create')
    await fileSystem.rename('d/next', 'd/file')
    await next.write(bytes('next'), 0)
    await file.write(bytes('X'), 0)
    const into = new Uint8Array(4)
    await file.read(into, 0)
    expect(new TextDecoder().decode(into)).toBe('X123')
    expect(await textOf(fileSystem, 'd/file')).toBe('next')
    await fileSystem.remove('d/file')
    await next.read(into, 0)
    expect(new TextDecoder().decode(into)).toBe('next')
  })

  it('cannot be used once closed, or written to when opened to read', async () => {
    const { fileSystem, file } = await withFile()
    await file.close()
    await expect(file.read(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'EBADF' })
    await expect(file.write(bytes('a'), 0)).rejects.toMatchObject({ code: 'EBADF' })
    const reader = await fileSystem.open('d/file', 'read')
    await expect(reader.write(bytes('a'), 0)).rejects.toMatchObject({ code: 'EBADF' })
    await expect(reader.truncate(0)).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it('are not made over others', async () => {
    const { fileSystem } = await withFile()
    await fileSystem.open('d/other', 'create')
    await expect(fileSystem.open('d/file', 'create')).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(fileSystem.renameNew('d/other', 'd/file')).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(fileSystem.link('d/other', 'd/file')).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await fileSystem.list('d')).toEqual(['file', 'other'])
    await expect(fileSystem.open('e/file', 'create')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(fileSystem.rename('d/file', 'e/file')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(fileSystem.makeDirectory('d/file/below')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(fileSystem.makeDirectory('d/file')).rejects.toMatchObject({ code: 'EEXIST' })
  })
})
