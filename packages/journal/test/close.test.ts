import { describe, expect, it } from 'vitest'

import type { JournalError } from '../src/index.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'

describe('close()', () => {
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
