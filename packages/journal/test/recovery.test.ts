import { describe, expect, it } from 'vitest'

import { directory, newFileSystem, openStrings } from './helpers/journals.ts'

describe('recovery', () => {
  it('gives numbers that can be found again beside a stray file with the highest one', async () => {
    const fileSystem = newFileSystem()
    for (let seq = 1; seq <= 3; seq += 1) {
      await using journal = await openStrings(fileSystem)
      expect(await journal.append('record')).toEqual({ firstSeq: seq, lastSeq: seq })
      if (seq === 1) await (await fileSystem.open(`${directory}/001fffffffffffff.segment`, 'create')).close()
    }
  })
})
