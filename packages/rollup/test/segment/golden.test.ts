import { memoryFileSystem } from '@tocsin/core/testing'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

import { directory, openSegment, readAll, sorted, writeSegment } from './any-segment.ts'
import { goldenRows } from './golden-rows.ts'

const golden = new URL('../golden-3/5.seg', import.meta.url)

it('reads a segment as version 3 wrote it', async () => {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  const file = await fileSystem.open(`${directory}/5.seg`, 'create')
  await file.write(await readFile(golden), 0)
  const reader = await openSegment(fileSystem, 5)
  for (const [level, rows] of goldenRows().entries()) {
    expect(await readAll(reader, level)).toStrictEqual({ rows: sorted(rows), damage: [] })
  }
  expect(reader.isWorn).toBe(false)
})

it('writes the same trailer and names as version 3 did', async () => {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  await writeSegment(fileSystem, 6, goldenRows(), { compact: true })
  const file = await fileSystem.open(`${directory}/5.seg`, 'create')
  await file.write(await readFile(golden), 0)
  const [written, stored] = [await openSegment(fileSystem, 6), await openSegment(fileSystem, 5)]
  expect(written.trailer).toEqual({ ...stored.trailer, number: 6 })
  expect(await written.names()).toEqual(await stored.names())
})
