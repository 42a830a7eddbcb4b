import type { MemoryFileSystem, PowerCut } from '@tocsin/core/testing'
import { memoryFileSystem } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

import { bytes, everything, nothing, textOf, withFile } from './helpers/memory-files.ts'

describe('a power cut', () => {
  it.each<[string, PowerCut, string]>([
    ['nothing of a write', nothing, '0123456789'],
    ['all of it', everything, '01234567abcd'],
    ['its start', { write: (written) => written.subarray(0, 3) }, '01234567abc'],
    ['the size without the bytes', { grow: (zeros) => zeros }, '0123456789\0\0'],
    ['the size with what lay on the disk before', { grow: () => bytes('??') }, '0123456789??'],
    ['more of what lay there than the file grew by', { grow: () => bytes('????') }, '0123456789??'],
    [
      'one sector of it',
      { sectorBytes: 4, write: (written, { position }) => (position === 8 ? undefined : written) },
      '0123456789',
    ],
  ])('keeps %s', async (_, choices, expected) => {
    const { fileSystem, file } = await withFile()
    await file.write(bytes('abcd'), 8)
    expect(await textOf(fileSystem.powerCut(choices), 'd/file')).toBe(expected)
    expect(await textOf(fileSystem, 'd/file')).toBe('01234567abcd')
  })

  it('asks about each sector where it lies in the file', async () => {
    const { fileSystem, file } = await withFile()
    await file.write(new Uint8Array(1200), 500)
    const asked: [number, number][] = []
    fileSystem.powerCut({
      sectorBytes: 512,
      write: (written, { path, position }) => {
        expect(path).toBe('d/file')
        asked.push([position, written.length])
        return undefined
      },
    })
    expect(asked).toEqual([
      [500, 12],
      [512, 512],
      [1024, 512],
      [1536, 164],
    ])
  })

  it('keeps a later write without an earlier one', async () => {
    const { fileSystem, file } = await withFile()
    await file.write(bytes('aa'), 0)
    await file.write(bytes('bb'), 4)
    const after = fileSystem.powerCut((written) => (written[0] === 98 ? written : undefined))
    expect(await textOf(after, 'd/file')).toBe('0123bb6789')
  })

  it.each([
    ['loses a cut', 4, nothing, '0123456789'],
    ['keeps a cut', 4, everything, '0123'],
    ['loses a growth', 12, nothing, '0123456789'],
    ['keeps a growth', 12, everything, '0123456789\0\0'],
  ] as const)('%s that was not synced', async (_, size, choices, expected) => {
    const { fileSystem, file } = await withFile()
    await file.truncate(size)
    expect(await textOf(fileSystem.powerCut(choices), 'd/file')).toBe(expected)
    await file.sync()
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe(await textOf(fileSystem, 'd/file'))
  })

  it('never shows bytes again that were cut off before the file grew', async () => {
    const { fileSystem, file } = await withFile()
    await file.truncate(2)
    await file.truncate(5)
    await file.sync()
    for (const one of [fileSystem, fileSystem.powerCut(nothing)])
      expect(await textOf(one, 'd/file')).toBe('01\0\0\0')
  })

  it('leaves a durable write and the size to reach it, but no earlier write of the file', async () => {
    const { fileSystem, file } = await withFile()
    await file.write(bytes('xxxx'), 0)
    const durable = await fileSystem.open('d/file', 'durable')
    await durable.write(bytes('ab'), 1)
    await durable.write(bytes('cd'), 12)
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('0ab3456789\0\0cd')
    // What was written before must not come back over what is durable.
    expect(await textOf(fileSystem.powerCut(everything), 'd/file')).toBe('xabx456789\0\0cd')
    await file.sync()
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('xabx456789\0\0cd')
  })

  it('loses what a sync that failed has dropped, though a later one succeeds', async () => {
    const { fileSystem, file } = await withFile()
    fileSystem.fail('sync', 'EIO', { call: 1, drops: true })
    await file.write(bytes('ab'), 9)
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
    await file.write(bytes('z'), 0)
    await file.sync()
    expect(await textOf(fileSystem, 'd/file')).toBe('z12345678ab')
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('z123456789\0')
    expect(await textOf(fileSystem.powerCut(everything), 'd/file')).toBe('z12345678ab')
    expect(await textOf(fileSystem.processKill().powerCut(nothing), 'd/file')).toBe('z123456789\0')
  })
})

describe('names after a power cut', () => {
  const cut = async (fileSystem: MemoryFileSystem, choices: PowerCut): Promise<readonly string[]> =>
    fileSystem.powerCut(choices).list('d')

  it('are on the disk or not until their folder is synced', async () => {
    const { fileSystem } = await withFile()
    await fileSystem.open('d/new', 'create')
    expect(await cut(fileSystem, nothing)).toEqual(['file'])
    expect(await cut(fileSystem, everything)).toEqual(['file', 'new'])
    await fileSystem.syncDirectory('d')
    expect(await cut(fileSystem, nothing)).toEqual(['file', 'new'])
    await fileSystem.remove('d/new')
    expect(await cut(fileSystem, nothing)).toEqual(['file', 'new'])
    expect(await cut(fileSystem, everything)).toEqual(['file'])
  })

  it.each([
    ['the old', false, ['file']],
    ['the new', true, ['moved']],
    ['both', 'both', ['file', 'moved']],
  ] as const)('are %s after a rename', async (_, kept, names) => {
    const { fileSystem, file } = await withFile()
    await fileSystem.rename('d/file', 'd/moved')
    const after = fileSystem.powerCut({ name: () => kept })
    expect(await after.list('d')).toEqual(names)
    for (const name of names) expect(await textOf(after, `d/${name}`)).toBe('0123456789')
    await file.write(bytes('still open'), 0)
    expect(await textOf(fileSystem, 'd/moved')).toBe('still open')
  })

  it('are never lost by a rename, whatever took the old one since', async () => {
    const { fileSystem } = await withFile()
    await fileSystem.rename('d/file', 'd/moved')
    await fileSystem.open('d/file', 'create')
    const after = fileSystem.powerCut({ name: ({ kind }) => kind === 'create' })
    expect(await textOf(after, 'd/moved')).toBe('0123456789')
    expect(await textOf(after, 'd/file')).toBe('')
  })

  it('point to what was synced of a file that replaced another', async () => {
    const { fileSystem } = await withFile()
    const next = await fileSystem.open('d/next', 'create')
    await next.write(bytes('next'), 0)
    await fileSystem.rename('d/next', 'd/file')
    expect(await textOf(fileSystem.powerCut({ name: () => true }), 'd/file')).toBe('')
    await next.sync()
    expect(await textOf(fileSystem.powerCut({ name: () => true }), 'd/file')).toBe('next')
    expect(await textOf(fileSystem.powerCut(nothing), 'd/file')).toBe('0123456789')
  })

  it.each([
    ['from', ['d'], ['d/file']],
    ['to', ['e'], ['d/file', 'e/file']],
    ['from, then to', ['d', 'e'], ['e/file']],
    ['to, then from', ['e', 'd'], ['e/file']],
  ])('are those of a rename between folders of which was synced: %s', async (_, synced, expected) => {
    const { fileSystem } = await withFile()
    await fileSystem.makeDirectory('e')
    await fileSystem.rename('d/file', 'e/file')
    for (const folder of [...synced, '.']) await fileSystem.syncDirectory(folder)
    const after = fileSystem.powerCut(nothing)
    const names = await Promise.all(
      ['d', 'e'].map(async (folder) => (await after.list(folder)).map((name) => `${folder}/${name}`)),
    )
    expect(names.flat()).toEqual(expected)
  })

  it('are lost with a new folder whose own name was not synced, if asked to', async () => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('/a/b')
    await fileSystem.open('/a/b/file', 'create')
    await fileSystem.syncDirectory('/a/b')
    expect(await fileSystem.powerCut({}).list('/a/b')).toEqual(['file'])
    await expect(fileSystem.powerCut(nothing).list('/a/b')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await fileSystem.powerCut(nothing).readFile('/a/b/file')).toBeUndefined()
    await fileSystem.syncDirectory('/a')
    await fileSystem.syncDirectory('/')
    expect(await fileSystem.powerCut(nothing).list('/a/b')).toEqual(['file'])
  })
})
