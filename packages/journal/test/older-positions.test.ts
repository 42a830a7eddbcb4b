import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { segmentHeaderBytes } from '../src/format/segment-header.ts'
import { intoJournal } from '../src/link/index.ts'
import { copyOf, newFileSystem, openStrings, segmentFiles } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

describe('positions', () => {
  it('are found in an older segment where those of the newest are damaged', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await using upstream = await openStrings(newFileSystem())
    await upstream.append('copied')
    await collect((await upstream.subscriber('wire')).frames().pipe(take(1), intoJournal(journal)))
    for (let index = 0; index < 24; index += 1) await journal.append(`${index}:${'x'.repeat(400)}`)
    await journal.close()
    const paths = await segmentFiles(fileSystem)
    expect(paths.length).toBeGreaterThan(2)
    for (const at of [segmentHeaderBytes + 4, segmentHeaderBytes + 70]) {
      const damaged = copyOf(fileSystem)
      damaged.contents(paths.at(-1)!)[at]! ^= 1
      await using after = await openStrings(damaged)
      expect(after.upstreamPosition(upstream.id).seq).toBe(1)
    }
    const header = copyOf(fileSystem)
    header.contents(paths.at(-1)!).fill(0, 0, 260)
    header.contents(paths.at(-2)!).fill(0, 0, 260)
    await using after = await openStrings(header)
    expect(after.upstreamPosition(upstream.id).seq).toBe(1)
  })
})
