import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'

import type { Durability } from '../src/index.ts'
import type { Delivery } from '../src/torture/oracle.ts'
import { checkGaps, checkReader } from '../src/torture/oracle.ts'
import { between, createRandom } from '../src/torture/torture-record.ts'
import { seenFiles, tearSectors } from '../src/torture/torn-sectors.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { temporaryFolder } from './helpers/processes.ts'

const cuts = 100

/** Lives that end in a power cut after which each sector that was not synced is there or not; gives what was seen in all. */
async function tornLives(seed: number, durabilities: readonly Durability[]): Promise<ReadonlySet<string>> {
  const random = createRandom(seed)
  const reasons = new Set<string>()
  let fileSystem = newFileSystem()
  const first = await openStrings(fileSystem)
  await first.subscriber('reader')
  await first.close()
  const acked = new Map<number, string>()
  const attempted = new Set<string>()
  for (let life = 1; life <= 5; life += 1) {
    const journal = await openStrings(fileSystem, { segmentBytes: 32 * 1024 })
    const unsynced: [number, string][] = []
    for (let serial = 0; serial < 20; serial += 1) {
      const value = `${life}:${serial}:`.padEnd(between(random, 10, 2500), 'x')
      attempted.add(value)
      const durability = durabilities[between(random, 0, durabilities.length - 1)] ?? 'os'
      const { firstSeq } = await journal.append(value, { durability })
      if (durability === 'commit') acked.set(firstSeq, value)
      else unsynced.push([firstSeq, value])
      if (random() < 0.05) await journal.flush()
      for (const [seq, told] of unsynced) if (seq <= journal.stats.lastSeq) acked.set(seq, told)
    }
    const share = random()
    fileSystem = fileSystem.powerCut({
      sectorBytes: 512,
      write: (bytes) => (random() < share ? bytes : undefined),
      ...(random() < 0.8 && { grow: (bytes: Uint8Array) => bytes }),
      name: () => true,
    })
    const reopened = await openStrings(fileSystem)
    const { problems, lastSeq: headSeq } = reopened.recovery
    for (const { reason } of problems) reasons.add(reason)
    const { values, gaps } = await readAll(reopened, `reader ${life}`)
    const delivered: Delivery[] = [...gaps, ...[...values].map(([seq, value]) => ({ seq, value }))]
    const from = (delivery: Delivery): number => ('seq' in delivery ? delivery.seq : delivery.fromSeq)
    delivered.sort((one, other) => from(one) - from(other))
    const check = { afterSeq: 0, headSeq, acked, attempted: (value: string) => attempted.has(value) }
    expect([...checkReader({ ...check, delivered }), ...checkGaps(delivered)]).toEqual([])
    await reopened.close()
    await settle()
  }
  return reasons
}

describe('a power cut that leaves some sectors of what was not synced', () => {
  it.each<[string, readonly Durability[]]>([
    ['os', ['os']],
    ['interval', ['interval']],
    ['any', ['commit', 'os', 'interval']],
  ])(
    'in durability %s loses nothing durable and is never called damage',
    async (_, durabilities) => {
      const reasons = new Set<string>()
      for (let cut = 0; cut < cuts; cut += 5)
        for (const reason of await tornLives(cut + 1, durabilities)) reasons.add(reason)
      // The cuts tore something, and it was told as what it is.
      expect(reasons).toContain('torn-tail')
      expect([...reasons].filter((reason) => !['torn-tail', 'lost'].includes(reason))).toEqual([])
    },
    60_000,
  )

  it('is made on a real disk from what programs saw: whole sectors, old or new', async () => {
    const folder = await temporaryFolder()
    await mkdir(`${folder}/subscribers`)
    const path = `${folder}/0000000000000001.segment`
    const size = 20 * 512 + 100
    await writeFile(path, new Uint8Array(size).fill(2))
    await writeFile(`${folder}/other`, 'not touched')
    const seen = seenFiles(folder)
    expect([...seen.keys()]).toEqual([path])
    await writeFile(path, new Uint8Array(5 * 512 + 7).fill(1))
    const torn = tearSectors(seen, createRandom(4))
    const after = await readFile(path)
    const sectors = Array.from({ length: Math.ceil(after.length / 512) }, (__, index) => [
      ...new Set(after.subarray(index * 512, (index + 1) * 512)),
    ])
    expect(torn).toBeGreaterThan(0)
    expect(torn).toBeLessThan(21)
    expect(sectors.filter(([byte]) => byte === 2).length).toBe(torn)
    // Only where the file ended in between a sector has both.
    expect(sectors.filter((bytes) => bytes.length > 1).length).toBeLessThanOrEqual(1)
  })
})
