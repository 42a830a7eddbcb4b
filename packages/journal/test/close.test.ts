import { describe, expect, it } from 'vitest'

import type { JournalError } from '../src/index.ts'
import { newFileSystem, openStrings, segmentFiles, settle } from './helpers/journals.ts'

describe('close()', () => {
  it('does not wait for the removal of all that was read: the rest goes after the next opening', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const subscriber = await journal.subscriber('reader')
    for (let index = 0; index < 300; index += 1) await journal.append('x'.repeat(3000))
    expect((await segmentFiles(fileSystem)).length).toBe(300)
    let removed = 0
    let during = Infinity
    const remove = fileSystem.remove.bind(fileSystem)
    fileSystem.remove = async (path) => {
      if (path.endsWith('.segment')) removed += 1
      // A slow disk, of which each operation takes a turn.
      await settle()
      return remove(path)
    }
    await subscriber.seek('newest')
    during = removed
    await journal.close()
    const left = await segmentFiles(fileSystem)
    // Some went on while it was closing.
    expect(removed - during).toBeLessThan(80)
    expect(left.length).toBeGreaterThan(200)
    fileSystem.remove = remove
    const reopened = await openStrings(fileSystem)
    expect(reopened.recovery).toMatchObject({ gaps: [], problems: [], lastSeq: 300 })
    await settle()
    await settle()
    expect((await segmentFiles(fileSystem)).length).toBe(1)
  })

  it('waits for a seek that begins while it writes, or refuses it, but never forgets it', async () => {
    const outcomes = new Set<string>()
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const fileSystem = newFileSystem()
      let open = (): void => undefined
      let gated = false
      const gate = new Promise<void>((resolve) => {
        open = resolve
      })
      const journal = await openStrings({
        ...fileSystem,
        open: async (path, mode) => {
          const file = await fileSystem.open(path, mode)
          if (mode !== 'read') return file
          const read: typeof file.read = async (into, position) => {
            if (gated) await gate
            return file.read(into, position)
          }
          return { ...file, read }
        },
      })
      const subscriber = await journal.subscriber('reader')
      await journal.appendBatch(['a', 'b'])
      gated = true
      const closing = journal.close()
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
      const seek = subscriber.seek({ time: 1e15 }).then(
        () => 'done',
        (error: unknown) => (error as JournalError).code,
      )
      await settle()
      open()
      const outcome = await seek
      await closing
      await using after = await openStrings(fileSystem)
      outcomes.add(`${outcome} at ${(await after.subscriber('reader')).ackedSeq}`)
    }
    expect(outcomes).toEqual(new Set(['done at 2', 'JOURNAL_CLOSED at 0']))
  })
})
