import { rm, writeFile } from 'node:fs/promises'

import type { FileSystem } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import { describe, expect, it } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { settle } from './helpers/journals.ts'
import { smallFileSystem } from './helpers/namespaces.ts'

const refusal = { code: 'JOURNAL_FULL', cause: { code: 'ENOSPC' } }

describe('a real disk of 2 MiB', () => {
  it('fills up, is read meanwhile, does not spin, and takes more as soon as a file of others is gone', async (context) => {
    const folder = await smallFileSystem(context, 'size=2m')
    let writes = 0
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: async (path, mode) => {
        const file = await nodeFileSystem.open(path, mode)
        const write: typeof file.write = (bytes, position) => {
          writes += 1
          return file.write(bytes, position)
        }
        return { ...file, write }
      },
    }
    await writeFile(`${folder}/ballast`, new Uint8Array(1 << 20))
    const options = { codec: jsonCodec<string>(), segmentBytes: 65_536, minFreeBytes: 0, fileSystem }
    const journal = await openJournal(`${folder}/journal`, options)
    await journal.subscriber('reader')
    const kept: string[] = []
    for (let index = 0; journal.health.state === 'open'; index += 1) {
      const value = `${index}${'x'.repeat(5000)}`
      const written = await journal.append(value).catch((error: unknown) => error)
      if (written instanceof Error) expect(written).toMatchObject(refusal)
      else kept.push(value)
    }
    expect(kept.length).toBeGreaterThan(100)
    const before = writes
    for (let index = 0; index < 200; index += 1) {
      await expect(journal.append('y'.repeat(5000))).rejects.toMatchObject(refusal)
    }
    expect(writes - before).toBeLessThan(10)

    await rm(`${folder}/ballast`)
    const more = 'after'
    await journal.append(more)
    expect(journal.health.state).toBe('open')
    await journal.close()
    const reopened = await openJournal(`${folder}/journal`, options)
    const seen: string[] = []
    const reader = await reopened.subscriber('reader')
    await new Promise<void>((resolve, reject) => {
      reader.batches().subscribe({
        next: (batch) => {
          expect(batch.gaps).toEqual([])
          seen.push(...batch.values)
          batch.ack()
          if (seen.length > kept.length) resolve()
        },
        error: reject,
      })
    })
    expect(seen).toEqual([...kept, more])
    await reopened.close()
  })

  it('is emptied by its readers alone', async (context) => {
    const folder = await smallFileSystem(context, 'size=2m')
    const options = {
      codec: jsonCodec<string>(),
      segmentBytes: 65_536,
      minFreeBytes: 0,
      whenFull: 'block',
    } as const
    const journal = await openJournal(`${folder}/journal`, options)
    const reader = await journal.subscriber('reader')
    let acknowledged = 0
    const total = 1500
    const appends: Promise<unknown>[] = []
    for (let index = 0; index < total; index += 1) appends.push(journal.append('z'.repeat(5000)))
    while (journal.health.state === 'open') await settle()
    expect(journal.health).toMatchObject({ state: 'full', reason: 'disk' })
    reader.batches({ maxRecords: 50 }).subscribe((batch) => {
      acknowledged += batch.values.length
      batch.ack()
    })
    await Promise.all(appends)
    while (acknowledged < total) await settle()
    expect(journal.stats).toMatchObject({ lastSeq: total, dropped: 0, evicted: 0 })
    await journal.close()
  })
})
