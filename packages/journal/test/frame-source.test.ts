import type { FileSystem, OpenFile } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { Gap } from '../src/index.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'

describe('a slow reader', () => {
  it('is told of evicted records, and not of damage, where their file is used again under it', async () => {
    const fileSystem = newFileSystem()
    const segmentBytes = 8 * 1024 * 1024
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const slow: FileSystem = {
      ...fileSystem,
      open: async (path, mode): Promise<OpenFile> => {
        const file = await fileSystem.open(path, mode)
        if (mode !== 'read' || !path.endsWith('01.segment')) return file
        return {
          ...file,
          read: async (into, position) => {
            if (position > 1024 * 1024) await gate
            return file.read(into, position)
          },
        }
      },
    }
    const journal = await openStrings(slow, {
      segmentBytes,
      maxBytes: 2 * segmentBytes,
      whenFull: 'drop-oldest',
    })
    // Frames of 64 KiB: what is read at once ends between two of them.
    const value = 'x'.repeat(65_536 - 64 - 4)
    const subscriber = await journal.subscriber('reader')
    for (let index = 0; index < 126; index += 1) await journal.append(value)
    const gaps: Gap[] = []
    const subscription = subscriber.batches({ maxRecords: 1 }).subscribe((batch) => {
      gaps.push(...batch.gaps)
      batch.ack()
    })
    await settle()
    // Until its file is about half written over.
    for (let index = 0; index < 320; index += 1) await journal.append(value)
    open()
    await settle()
    await settle()
    subscription.unsubscribe()
    expect(gaps.map(({ reason }) => reason)).toEqual(['evicted'])
    expect(journal.stats.quarantineBytes).toBe(0)
    await journal.close()
  })
})
