import { describe, expect, it } from 'vitest'

import { bytes, nothing, textOf, withFile } from './helpers/memory-files.ts'

describe('faults', () => {
  it('meet the calls, paths and number of calls that they were made for', async () => {
    const { fileSystem, file } = await withFile()
    const other = await fileSystem.open('d/other', 'create')
    const mend = fileSystem.fail('write', 'EIO', { path: /file$/, call: 2 })
    await other.write(bytes('a'), 0)
    await file.write(bytes('a'), 0)
    await other.write(bytes('b'), 0)
    await expect(file.write(bytes('b'), 0)).rejects.toMatchObject({ code: 'EIO' })
    await file.write(bytes('c'), 0)
    mend()
    expect(await textOf(fileSystem, 'd/file')).toBe('c123456789')
  })

  it('store a part of a write, never durably', async () => {
    const { fileSystem } = await withFile()
    const file = await fileSystem.open('d/file', 'durable')
    fileSystem.fail('write', 'ENOSPC', { stored: 2 })
    await expect(file.write(bytes('abcd'), 0)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await textOf(fileSystem, 'd/file')).toBe('ab23456789')
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('0123456789')
  })

  it('of a durable write in its sync leave the bytes readable and not durable', async () => {
    const { fileSystem } = await withFile()
    const file = await fileSystem.open('d/file', 'durable')
    const mend = fileSystem.fail('sync', 'EIO')
    await expect(file.write(bytes('ab'), 0)).rejects.toMatchObject({ code: 'EIO' })
    mend()
    expect(await textOf(fileSystem, 'd/file')).toBe('ab23456789')
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('0123456789')
  })

  it('can meet renameNew alone, so that a caller falls back to rename', async () => {
    const { fileSystem } = await withFile()
    fileSystem.fail('renameNew', 'EPERM')
    await expect(fileSystem.renameNew('d/file', 'd/new')).rejects.toMatchObject({ code: 'EPERM' })
    await fileSystem.rename('d/file', 'd/new')
    expect(await fileSystem.list('d')).toEqual(['new'])
  })

  it('of bad sectors last until they are written', async () => {
    const { fileSystem, file } = await withFile()
    fileSystem.badSectors('d/file', 4, 6)
    const part = new Uint8Array(4)
    expect(await file.read(part, 0)).toBe(4)
    await expect(file.read(part, 2)).rejects.toMatchObject({ code: 'EIO' })
    await expect(fileSystem.powerCut(nothing).readFile('d/file')).rejects.toMatchObject({ code: 'EIO' })
    await file.write(bytes('x'), 4)
    await expect(fileSystem.readFile('d/file')).rejects.toMatchObject({ code: 'EIO' })
    await file.write(bytes('y'), 5)
    expect(await textOf(fileSystem, 'd/file')).toBe('0123xy6789')
  })
})

describe('a full disk', () => {
  it('stores the part that fits, overwrites freely, and takes more when there is room again', async () => {
    const { fileSystem, file } = await withFile()
    fileSystem.setCapacity(12)
    expect(await fileSystem.freeBytes('d')).toBe(2)
    await expect(file.write(bytes('abcdef'), 8)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await textOf(fileSystem, 'd/file')).toBe('01234567abcd')
    fileSystem.setCapacity(3)
    expect(await fileSystem.freeBytes('d')).toBe(0)
    await file.write(bytes('zz'), 0)
    await expect(file.truncate(13)).rejects.toMatchObject({ code: 'ENOSPC' })
    await file.truncate(1)
    await file.write(bytes('yy'), 1)
    expect(await textOf(fileSystem, 'd/file')).toBe('zyy')
    expect(await fileSystem.processKill().freeBytes('d')).toBe(0)
  })

  it('holds removed files as long as they are open', async () => {
    const { fileSystem, file } = await withFile()
    fileSystem.setCapacity(10)
    await fileSystem.remove('d/file')
    expect(await fileSystem.freeBytes('d')).toBe(0)
    await file.close()
    expect(await fileSystem.freeBytes('d')).toBe(10)
  })
})
