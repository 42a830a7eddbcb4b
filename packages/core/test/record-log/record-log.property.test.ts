import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  continueRecordFile,
  createRecordFile,
  readLastRecord,
  scanRecords,
  type RecordFileName,
  type RecordScan,
} from '../../src/record-log/index.ts'
import { memoryFileSystem, type MemoryFileSystem, type PowerCut } from '../../src/testing/index.ts'

const nameOn = (fileSystem: MemoryFileSystem, id = 7): RecordFileName => ({ fileSystem, path: 'd/log', id })

/** Payloads that look like records as far as bytes can. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .uint8Array({ maxLength: 8 })
    .map((rest) => Uint8Array.from([0xf5, 0xff, 0x54, 0x52, 7, 0, 0, 0, ...rest])),
)
const payloads = fc.array(payload, { maxLength: 8 })

/** What a cut leaves of a write: parts of its sectors, zeros or what lay there before. */
const powerCut: fc.Arbitrary<PowerCut> = fc.infiniteStream(fc.nat({ max: 9 })).map((stream) => {
  const next = (): number => stream.next().value as number
  return {
    sectorBytes: 1 + next() * 5,
    write: (bytes) => (next() < 5 ? bytes : next() < 5 ? bytes.subarray(0, next()) : undefined),
    grow: (zeros) => [undefined, zeros, zeros.subarray(0, next()), zeros.map(() => 255)][next() % 4],
  }
})

async function folder(): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('d')
  await fileSystem.syncDirectory('.')
  return fileSystem
}

/** A file with these records, and where each begins. */
async function written(
  records: readonly Uint8Array[],
  id?: number,
): Promise<{ fileSystem: MemoryFileSystem; begins: number[] }> {
  const fileSystem = await folder()
  const file = await createRecordFile(nameOn(fileSystem, id))
  const begins: number[] = []
  for (const record of records) begins.push(await file.append(record.subarray(0, 3), record.subarray(3)))
  await file.close()
  return { fileSystem, begins }
}

async function recordsOf(
  name: RecordFileName,
  from?: number,
): Promise<{ records: Uint8Array[]; scan: RecordScan }> {
  const records: Uint8Array[] = []
  const scan = await scanRecords(name, (record) => void records.push(record.slice()), { from })
  return { records, scan }
}

describe('a file of records', () => {
  it('gives back what was appended, from any record on, and its last record from its end alone', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, async (records) => {
        const { fileSystem, begins } = await written(records)
        const name = nameOn(fileSystem)
        const all = await recordsOf(name)
        expect(all.records).toEqual(records)
        expect(all.scan).toEqual({
          end: fileSystem.contents('d/log').length,
          next: records.length,
          damaged: [],
          torn: 0,
        })
        for (const [index, from] of begins.entries()) {
          expect((await recordsOf(name, from)).records).toEqual(records.slice(index))
        }
        expect((await readLastRecord(name))?.payload).toEqual(records.at(-1))
      }),
    )
  })

  it('loses one record with any flipped byte, and tells damage from the end of a write that was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), async (records, place, mask) => {
        fc.pre(records.length > 0)
        const { fileSystem, begins } = await written(records)
        const bytes = fileSystem.contents('d/log')
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ mask
        const hit = begins.findLastIndex((begin) => begin <= at)
        const { records: left, scan } = await recordsOf(nameOn(fileSystem))
        expect(left).toEqual(records.filter((_, index) => index !== hit))
        const from = begins[hit] ?? 0
        if (hit === records.length - 1) {
          expect(scan).toMatchObject({ end: from, damaged: [], torn: bytes.length - from })
          expect(await readLastRecord(nameOn(fileSystem))).toBeUndefined()
        } else {
          expect(scan).toMatchObject({ damaged: [{ from, to: begins[hit + 1], records: 1 }], torn: 0 })
        }
      }),
    )
  })

  it('loses no record outside of what is overwritten, and invents none', async () => {
    await fc.assert(
      fc.asyncProperty(
        payloads,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        async (records, place, junk) => {
          fc.pre(records.length > 0)
          const { fileSystem, begins } = await written(records)
          const bytes = fileSystem.contents('d/log')
          const at = place % bytes.length
          bytes.set(junk.subarray(0, bytes.length - at), at)
          const { records: left } = await recordsOf(nameOn(fileSystem))
          const sound = records.filter((_, index) => {
            const [from = 0, to = bytes.length] = begins.slice(index, index + 2)
            return to <= at || from >= at + junk.length
          })
          const untouched = new Set(left.map(String))
          for (const record of sound) expect(untouched).toContain(String(record))
          for (const record of left) expect(records.map(String)).toContain(String(record))
        },
      ),
    )
  })

  it('holds every record whose append resolved after any power cut, and of the last at most all of it', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, payload, fc.nat(400), powerCut, async (records, last, stored, choices) => {
        const fileSystem = await folder()
        const file = await createRecordFile(nameOn(fileSystem))
        for (const record of records) await file.append(record)
        fileSystem.stopAt(fileSystem.operations + 1, { stored })
        void file.append(last)
        const after = fileSystem.powerCut(choices)
        const { records: left, scan } = await recordsOf(nameOn(after))
        expect(left.slice(0, records.length)).toEqual(records)
        expect([[], [last]]).toContainEqual(left.slice(records.length))
        expect(scan.damaged).toEqual([])
      }),
    )
  })

  it('is continued where it ended', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, payloads, async (before, after) => {
        const { fileSystem } = await written(before)
        const name = nameOn(fileSystem)
        const file = await continueRecordFile(name, (await recordsOf(name)).scan)
        for (const record of after) await file.append(record)
        const { records, scan } = await recordsOf(name)
        expect(records).toEqual([...before, ...after])
        expect(scan.damaged).toEqual([])
      }),
    )
  })

  it('takes nothing of another file for its own', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, payloads, async (own, other) => {
        const { fileSystem } = await written(own)
        const stale = (await written(other, 8)).fileSystem.contents('d/log')
        const file = await fileSystem.open('d/log', 'update')
        await file.write(stale, await file.size())
        expect((await recordsOf(nameOn(fileSystem))).records).toEqual(own)
        // It could: with its number the same bytes are records of that file.
        expect((await recordsOf(nameOn(fileSystem, 8))).records).toEqual(other)
      }),
    )
  })
})
