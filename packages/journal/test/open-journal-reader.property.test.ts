import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readIdentity } from '../src/recover/identity.ts'
import { segmentNumber } from '../src/format/segment-header.ts'
import { findSegment, scanSegment } from '../src/segments/segment-scan.ts'
import type { Durability } from '../src/index.ts'
import { jsonCodec } from '../src/index.ts'
import { openJournalReader } from '../src/reader/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { directory, newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

/** What happens when it is written, or on its way. */
type Then = 'nothing' | 'flush' | 'look'

interface Life {
  readonly durability: Durability
  readonly appends: readonly { readonly length: number; readonly ticks: number; readonly then: Then }[]
  /** What each unsynced write leaves: nothing, a part, or all. */
  readonly kept: readonly number[]
}

const life: fc.Arbitrary<Life> = fc.record({
  durability: fc.constantFrom<Durability>('commit', 'interval', 'os'),
  appends: fc.array(
    fc.record({
      length: fc.constantFrom(1, 300, 1500, 4000),
      ticks: fc.integer({ min: 0, max: 40 }),
      then: fc.constantFrom<Then>('nothing', 'nothing', 'flush', 'look'),
    }),
    { maxLength: 12 },
  ),
  kept: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 6 }),
})
const lives = fc.array(life, { minLength: 1, maxLength: 3 })

function cutPower(fileSystem: MemoryFileSystem, kept: readonly number[]): MemoryFileSystem {
  fileSystem.stopAt(fileSystem.operations + 1)
  let turn = 0
  return fileSystem.powerCut((bytes) => {
    const choice = kept[turn++ % kept.length] ?? 0
    if (choice < 300) return undefined
    return choice < 600 ? bytes : bytes.slice(0, Math.floor((bytes.length * (choice - 600)) / 400))
  })
}

type Look = (fileSystem: MemoryFileSystem) => Promise<ReadonlyMap<number, string>>

/** What another process sees now. */
const lookAsReader: Look = async (fileSystem) => {
  const reader = await openJournalReader(directory, { codec: jsonCodec<string>(), fileSystem })
  const batches = await collect(reader.readFrom('oldest', { maxInFlight: 1000 }))
  await reader.close()
  return new Map(
    batches.flatMap(({ position: { firstSeq }, values }) =>
      values.map((value, index) => [firstSeq + index, value]),
    ),
  )
}

/** What somebody would see who believed in every whole frame; only how many. */
const lookAtAll: Look = async (fileSystem) => {
  const journalId = await readIdentity(fileSystem, directory, 'json')
  let last = 0
  for (const name of await fileSystem.list(directory)) {
    const number = segmentNumber(name)
    const found = number && (await findSegment(fileSystem, `${directory}/${name}`, number))
    if (!found || found.header === undefined) continue
    last = Math.max(last, (await scanSegment(fileSystem, found, String(journalId))).readable.lastSeq)
  }
  return new Map(Array.from({ length: last }, (_, index) => [index + 1, '']))
}

/** Records that were seen and are other ones or not there after the cuts. */
async function regrets(all: readonly Life[], look: Look): Promise<number> {
  let fileSystem = newFileSystem()
  const seen = new Map<number, string>()
  let serial = 0
  for (const { durability, appends, kept } of all) {
    const journal = await openStrings(fileSystem, { durability })
    await journal.subscriber('audit')
    for (const { length, ticks, then } of appends) {
      void journal.append(`${serial++}:${'x'.repeat(length)}`)
      if (then === 'flush') void journal.flush()
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
      if (then !== 'look') continue
      for (const [seq, value] of await look(fileSystem.processKill())) seen.set(seq, value)
    }
    await settle()
    for (const [seq, value] of await look(fileSystem.processKill())) seen.set(seq, value)
    fileSystem = cutPower(fileSystem, kept)
  }
  const { values } = await readAll(await openStrings(fileSystem), 'audit')
  return [...seen].filter(([seq, value]) => !(value === '' ? values.has(seq) : values.get(seq) === value))
    .length
}

describe('what another process has seen of a journal', () => {
  it('is there after any power cut', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (all) => {
        expect(await regrets(all, lookAsReader)).toBe(0)
      }),
    )
  }, 60_000)

  it('would not be if it believed in frames that nothing certifies', async () => {
    let lost = 0
    for (const all of fc.sample(lives, { numRuns: 60, seed: 3 })) lost += await regrets(all, lookAtAll)
    expect(lost).toBeGreaterThan(0)
  })
})
