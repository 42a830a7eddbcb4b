import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'

import type { Codec } from '../src/index.ts'
import { bytesCodec, jsonCodec, openJournal } from '../src/index.ts'
import { sampleCodec } from '../src/samples.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import {
  directory,
  newFileSystem,
  openStrings,
  readAll,
  replaceFile,
  segmentFiles,
} from './helpers/journals.ts'
import { needNamespaces, smallFileSystem } from './helpers/namespaces.ts'
import { temporaryFolder } from './helpers/processes.ts'

interface Identity {
  readonly id: string
  readonly codec: string
}

/** Every file and its bytes. */
async function filesIn(fileSystem: MemoryFileSystem): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = {}
  for (const folder of [directory, `${directory}/subscribers`]) {
    for (const name of await fileSystem.list(folder)) {
      if (name.includes('.'))
        all[name] = Buffer.from(fileSystem.contents(`${folder}/${name}`)).toString('hex')
    }
  }
  return all
}

async function realFilesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`)
  const contents = await Promise.all(
    files.map(async (path) => [path, (await readFile(path)).toString('hex')] as const),
  )
  return Object.fromEntries(contents)
}

async function journalWith(...values: readonly string[]): Promise<MemoryFileSystem> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem)
  await journal.subscriber('reader')
  for (const value of values) await journal.append(value)
  await journal.close()
  return fileSystem
}

describe('bad input', () => {
  it('such as a record that is too large is refused with JOURNAL_RECORD_TOO_LARGE, and what comes with it is kept', async () => {
    const journal = await openStrings(newFileSystem(), { segmentBytes: 65_536, maxBytes: 131_072 })
    const results = await Promise.allSettled([
      journal.append('before'),
      journal.append('x'.repeat(9 << 20)),
      journal.append('y'.repeat(200_000)),
      journal.append('after'),
    ])
    expect(results).toMatchObject([
      { value: { firstSeq: 1 } },
      { reason: { code: 'JOURNAL_RECORD_TOO_LARGE' } },
      { reason: { code: 'JOURNAL_RECORD_TOO_LARGE' } },
      { value: { firstSeq: 2 } },
    ])
    expect([...(await readAll(journal)).values.values()]).toEqual(['before', 'after'])
    expect(journal.stats).toMatchObject({ dropped: 2, problems: 0 })
  })

  it('such as bytes that the codec does not know is a gap of what it cannot decode, told, and kept on disk', async () => {
    const later: Codec<string> = {
      ...jsonCodec<string>(),
      encode: (values) => Uint8Array.from([255, ...jsonCodec<string>().encode(values)]),
    }
    const fileSystem = newFileSystem()
    const journal = await openJournal(directory, { codec: later, fileSystem })
    await journal.append('by a later release')
    await journal.close()
    const older = await openStrings(fileSystem)
    const problems: unknown[] = []
    older.problems.subscribe(({ reason }) => problems.push(reason))
    await older.append('by this one')
    const { values, gaps } = await readAll(older)
    expect([...values]).toEqual([[2, 'by this one']])
    expect(gaps).toMatchObject([{ fromSeq: 1, toSeq: 1 }])
    expect(problems).toContain('undecodable')
    expect(() => sampleCodec().decode(Uint8Array.from([99, 0, 0, 0]))).toThrow()
  })

  interface Refusal {
    readonly what: string
    readonly code: string
    readonly prepare?: (fileSystem: MemoryFileSystem) => Promise<void>
    readonly open?: (fileSystem: MemoryFileSystem) => Promise<unknown>
  }
  const refusals: readonly Refusal[] = [
    {
      what: 'a codec of another name',
      code: 'JOURNAL_CODEC_MISMATCH',
      open: (fileSystem) => openJournal(directory, { codec: bytesCodec(), fileSystem }),
    },
    {
      what: 'an unknown option',
      code: 'JOURNAL_BAD_OPTION',
      open: (fileSystem) => openStrings(fileSystem, { retries: 3 } as never),
    },
    {
      what: 'a wrong option',
      code: 'JOURNAL_BAD_OPTION',
      open: (fileSystem) => openStrings(fileSystem, { segmentBytes: -1 }),
    },
    {
      what: 'a segment of a newer format',
      code: 'JOURNAL_FORMAT',
      prepare: async (fileSystem) => {
        const [path = ''] = await segmentFiles(fileSystem)
        const bytes = fileSystem.contents(path)
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        view.setUint16(4, 2, true)
        view.setUint32(124, crc32(bytes.subarray(0, 124)), true)
      },
    },
    {
      what: 'a journal.json of a newer format',
      code: 'JOURNAL_FORMAT',
      prepare: async (fileSystem) => {
        const path = `${directory}/journal.json`
        const { id, codec } = JSON.parse(Buffer.from(fileSystem.contents(path)).toString()) as Identity
        const crc = crc32(JSON.stringify([2, id, codec]))
        await replaceFile(fileSystem, path, Buffer.from(JSON.stringify({ format: 2, id, codec, crc })))
      },
    },
    {
      what: 'a file system that is read-only',
      code: 'JOURNAL_READ_ONLY',
      prepare: async (fileSystem) => {
        for (const operation of ['write', 'makeDirectory', 'rename', 'remove'] as const) {
          fileSystem.fail(operation, 'EROFS')
        }
        fileSystem.fail('open', 'EROFS', { path: /cursor|new/ })
      },
    },
  ]

  it.each(refusals)(
    'such as $what is refused with $code, and not a byte is changed',
    async ({ code, prepare, open = openStrings }) => {
      const fileSystem = await journalWith('1', '2')
      await prepare?.(fileSystem)
      const before = await filesIn(fileSystem)
      await expect(open(fileSystem)).rejects.toMatchObject({ code })
      expect(await filesIn(fileSystem)).toEqual(before)
    },
  )

  it('such as a path that is a file is refused with JOURNAL_NOT_A_FOLDER, and the file is left as it is', async () => {
    const folder = await temporaryFolder()
    await writeFile(`${folder}/file`, 'mine')
    for (const path of [`${folder}/file`, `${folder}/file/below`]) {
      await expect(openJournal(path)).rejects.toMatchObject({ code: 'JOURNAL_NOT_A_FOLDER' })
    }
    expect(await readFile(`${folder}/file`, 'utf8')).toBe('mine')
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('such as a disk that is mounted read-only is refused with JOURNAL_READ_ONLY, and not a byte is changed', async (context) => {
    needNamespaces(context)
    const folder = await smallFileSystem(context, 'size=1m')
    await mkdir(`${folder}/empty`)
    const options = { codec: jsonCodec<string>(), segmentBytes: 65_536, minFreeBytes: 0 }
    const journal = await openJournal(`${folder}/journal`, options)
    await journal.append('kept')
    await (await journal.subscriber('reader')).seek('oldest')
    await journal.close()
    const before = await realFilesIn(folder)
    execFileSync('mount', ['-o', 'remount,ro', folder])
    for (const path of ['journal', 'empty', 'new']) {
      await expect(openJournal(`${folder}/${path}`, options)).rejects.toMatchObject({
        code: 'JOURNAL_READ_ONLY',
      })
    }
    execFileSync('mount', ['-o', 'remount,rw', folder])
    expect(await realFilesIn(folder)).toEqual(before)
    const again = await openJournal(`${folder}/journal`, options)
    expect(again.stats.lastSeq).toBe(1)
    await again.close()
  })
})
