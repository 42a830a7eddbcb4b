import { memoryFileSystem, type MemoryFileSystem } from '../../src/testing/index.ts'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { openRollupStore, type RollupStore, type RollupValue } from '../../src/store.ts'
import { exactSlot } from '../support/oracle.ts'
import { minute, sample } from '../support/samples.ts'

const directory = '/rollups'

/** A folder that release 0.1.0 wrote: three minutes were flushed, the fourth is in the log. */
async function goldenFolder(): Promise<MemoryFileSystem> {
  const golden = join(import.meta.dirname, '../golden/version-1')
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
  for (const name of await readdir(golden)) {
    const file = await fileSystem.open(`${directory}/${name}`, 'create')
    await file.write(await readFile(join(golden, name)), 0)
    await file.close()
  }
  return fileSystem
}

const minutes = [0, 1, 2, 3]
const written = minutes.flatMap((at) => [
  sample('gauge', at * minute, [80000000.1, 80000000.2, 80000000.3, 80000000.2][at]!),
  sample('whole', at * minute, at),
  sample('pair', at * minute, 0.1),
  sample('pair', at * minute + 1, 0.2),
  sample('timer', at * minute, 0.1, 'observation', { weight: 3 }),
  sample('counter', at * minute, at % 2 === 1 ? 5 : 2.5, 'counter'),
  sample('text', at * minute, `state ${at}`, 'text'),
])

const asked: readonly (readonly [string, RollupValue])[] = [
  ['gauge', 'stddev'],
  ['gauge', 'sum'],
  ['whole', 'stddev'],
  ['whole', 'average'],
  ['pair', 'max'],
  ['timer', 'count'],
  ['counter', 'increase'],
  ['counter', 'resets'],
  ['text', 'last'],
  ['text', 'changes'],
]

async function expectWritten(store: RollupStore): Promise<void> {
  expect(store.position).toEqual({ journalId: 'j', seq: written.length })
  for (const [name, value] of asked) {
    const own = written.filter((one) => one.series.key === name)
    for (const [period, periodMs] of [
      ['1m', minute],
      ['5m', 5 * minute],
    ] as const) {
      const query = { select: `__name:${name}`, from: 0, to: 5 * minute, period, value }
      const slots = minutes.slice(0, period === '1m' ? 4 : 1)
      const expected = slots.map((slot) => exactSlot(own, slot, periodMs, value))
      const [fetched] = await store.fetch(query)
      expect(fetched?.values.slice(0, slots.length), `${name} ${period} ${value}`).toEqual(expected)
    }
  }
}

describe('a folder of version 1', () => {
  it('says what was written to it, windows without the low part of their square included', async () => {
    const fileSystem = await goldenFolder()
    const store = await openRollupStore(directory, { fileSystem })
    await expectWritten(store)
    await store.close()

    const manifest = new TextDecoder().decode(await fileSystem.readFile(`${directory}/MANIFEST`))
    expect(manifest).toContain('"version":2')
    const again = await openRollupStore(directory, { fileSystem })
    await expectWritten(again)
    await again.close()
  })
})
