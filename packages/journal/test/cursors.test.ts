import { crc32 } from 'node:zlib'
import type { FileSystem } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import {
  countingFileSystem,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  replaceFile,
  settle,
} from './helpers/journals.ts'
import { first } from './helpers/streams.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

describe('cursors', () => {
  it('can be removed and made again at once, and twice', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    const old = await journal.subscriber('s')
    const removed = [journal.removeSubscriber('s'), journal.removeSubscriber('s')]
    const made = await journal.subscriber('s')
    await Promise.all(removed)
    expect(made).not.toBe(old)
    expect((await first(made.batches())).values).toEqual(['1'])
    expect(await fileSystem.list(`${directory}/subscribers`)).toEqual(['73.cursor'])
  })

  it('that cannot be made or removed give JOURNAL_IO, and work when the disk is mended', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    const io = { code: 'JOURNAL_IO', cause: { code: 'ENOSPC' } }
    let mend = fileSystem.fail('sync', 'ENOSPC')
    await expect(journal.subscriber('s')).rejects.toMatchObject(io)
    mend()
    await journal.subscriber('s')
    mend = fileSystem.fail('sync', 'ENOSPC')
    await expect(journal.removeSubscriber('s')).rejects.toMatchObject(io)
    mend()
    await journal.subscriber('s')
    expect((await readAll(journal, 's')).values.size).toBe(1)
  })

  it('have room for every later position from the start, so that a full disk can be read empty', async () => {
    const memory = newFileSystem()
    const pages = new Set<string>()
    let full = false
    const fileSystem: FileSystem = {
      ...memory,
      open: async (path, mode) => {
        const file = await memory.open(path, mode)
        // A file keeps its pages when it gets its name.
        const name = path.replace(/\.new$/, '')
        return {
          ...file,
          write: async (bytes, position) => {
            for (let page = position >> 12; page << 12 < position + bytes.length; page += 1) {
              if (full && !pages.has(`${name} ${page}`)) throw failure('ENOSPC')
              pages.add(`${name} ${page}`)
            }
            await file.write(bytes, position)
          },
        }
      },
    }
    const journal = await openStrings(fileSystem)
    await journal.subscriber('s')
    for (let index = 0; index < 6; index += 1) await journal.append('x'.repeat(3000))
    full = true
    await expect(journal.append('x'.repeat(3000))).rejects.toMatchObject({ cause: { code: 'ENOSPC' } })
    await readAll(journal, 's')
    expect(journal.stats.segments).toBe(1)
  })

  it.each([
    ['EACCES', 'JOURNAL_READ_ONLY'],
    ['EMFILE', 'JOURNAL_IO'],
    ['EROFS', 'JOURNAL_READ_ONLY'],
  ])(
    'that %s keeps from being opened keep their position, since opening fails',
    async (code, journalCode) => {
      const memory = newFileSystem()
      const journal = await openStrings(memory)
      await journal.appendBatch(['1', '2'])
      await readAll(journal, 's')
      await journal.close()
      const open: FileSystem['open'] = (path, mode) =>
        path.endsWith('.cursor') ? Promise.reject(failure(code)) : memory.open(path, mode)
      await expect(openStrings({ ...memory, open })).rejects.toMatchObject({
        code: journalCode,
        cause: { code },
      })
      expect((await openStrings(memory)).subscribers()).toMatchObject([{ name: 's', ackedSeq: 2 }])
    },
  )

  it('are closed when opening fails later or at a cursor of a newer release', async () => {
    const { fileSystem, open } = countingFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    for (const name of ['a', 'b']) await journal.subscriber(name)
    await journal.close()
    await settle()
    expect(open()).toBe(0)
    const failing: FileSystem = {
      ...fileSystem,
      open: (path, mode) =>
        path.endsWith('.segment') ? Promise.reject(failure('EIO')) : fileSystem.open(path, mode),
    }
    await expect(openStrings(failing)).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    expect(open()).toBe(0)
    const path = `${directory}/subscribers/62.cursor`
    const bytes = fileSystem.contents(path).slice()
    await replaceFile(fileSystem, path, newerFormat(bytes))
    const before = open()
    await expect(openStrings(fileSystem)).rejects.toMatchObject({ code: 'JOURNAL_FORMAT' })
    expect(open()).toBe(before)
  })
})

/** The same cursor as a later release would write it. */
function newerFormat(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (const at of [0, 4096]) {
    view.setUint16(at + 4, 99, true)
    view.setUint32(at + 60, crc32(bytes.subarray(at, at + 60)), true)
  }
  return bytes
}
