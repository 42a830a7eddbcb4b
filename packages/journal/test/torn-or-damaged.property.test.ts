import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Durability, Gap } from '../src/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  replaceFile,
  segmentFiles,
  settle,
} from './helpers/journals.ts'

/** One frame of a tail: how its record was appended, and how long that is. */
interface Written {
  readonly durability: Durability
  readonly length: number
}

const sectorBytes = 512

const value = (seq: number, length: number): string => `${seq}:`.padEnd(length, 'x')

/** A journal with a frame for each, and where each frame stands; the disk as a kill leaves it, with all of it. */
async function written(frames: readonly Written[]): Promise<{
  readonly fileSystem: MemoryFileSystem
  readonly path: string
  readonly starts: readonly number[]
  /** What each frame says to be durable. */
  readonly certificates: readonly number[]
}> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
  await journal.subscriber('keeper')
  const certificates: number[] = []
  for (const [index, { durability, length }] of frames.entries()) {
    certificates.push(journal.stats.lastSeq)
    await journal.append(value(index + 1, length), { durability })
  }
  const after = copyOf(fileSystem)
  const [path] = await segmentFiles(after)
  const bytes = Buffer.from(after.contents(path!))
  const starts = frames.map((_, index) => bytes.indexOf(`"${index + 1}:`) - 1 - 64)
  return { fileSystem: after, path: path!, starts, certificates }
}

const sequence = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)

const numbersOf = (gaps: readonly Gap[], reason: Gap['reason']): readonly number[] =>
  gaps.filter((gap) => gap.reason === reason).flatMap(({ fromSeq, toSeq }) => sequence(fromSeq, toSeq))

const opened = async (
  fileSystem: MemoryFileSystem,
): Promise<{
  readonly gaps: readonly Gap[]
  readonly reasons: ReadonlySet<string>
  readonly copies: number
  readonly delivered: Awaited<ReturnType<typeof readAll>>
  readonly next: number
}> => {
  const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
  const { gaps, problems } = journal.recovery
  const reasons = new Set(problems.map(({ reason }) => reason))
  const copies = await fileSystem.list(`${directory}/quarantine`).catch(() => [])
  const delivered = await readAll(journal)
  const { firstSeq: next } = await journal.append('next')
  await journal.close()
  return { gaps, reasons, copies: copies.length, delivered, next }
}

describe('a torn write with a whole one behind it', () => {
  it('is a lost tail: case 02, two buffered frames of which the first lacks a sector', async () => {
    const frames: Written[] = [
      { durability: 'commit', length: 100 },
      { durability: 'os', length: 2000 },
      { durability: 'os', length: 100 },
    ]
    const { fileSystem, path, starts } = await written(frames)
    const sector = Math.ceil(starts[1]! / sectorBytes) * sectorBytes
    fileSystem.contents(path).fill(0, sector, sector + sectorBytes)
    const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
    const gap = { fromSeq: 2, toSeq: 2, reason: 'lost' }
    expect(journal.recovery.gaps).toEqual([gap])
    expect(journal.recovery.problems).toMatchObject([{ reason: 'torn-tail', fromSeq: 2, toSeq: 2 }])
    expect(journal.recovery.tornBytes).toBeGreaterThan(2000)
    const { values, gaps } = await readAll(journal)
    expect([...values.keys()]).toEqual([1, 3])
    expect(gaps).toEqual([gap])
    expect(await fileSystem.list(directory)).not.toContain('quarantine')
    // The number is not given anew, and opening again tells the same.
    expect((await journal.append('four')).firstSeq).toBe(4)
    await journal.close()
    const again = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
    expect((await readAll(again, 'another')).gaps).toEqual([gap])
    expect(await fileSystem.list(directory)).not.toContain('quarantine')
  })

  it('stays damage where a certificate, a fence or a cursor vouches for it', async () => {
    const frames: Written[] = sequence(1, 4).map((seq) => ({
      durability: seq === 3 ? 'commit' : 'os',
      length: 1000,
    }))
    const torn = async (
      before: (fileSystem: MemoryFileSystem) => Promise<void>,
      seq: number,
    ): Promise<Awaited<ReturnType<typeof opened>>> => {
      const { fileSystem } = await written(frames)
      await before(fileSystem)
      for (const path of await segmentFiles(fileSystem)) {
        const bytes = fileSystem.contents(path)
        const at = Buffer.from(bytes).indexOf(`"${seq}:`)
        if (at >= 0) bytes.fill(0, at + 100, at + 200)
      }
      return opened(fileSystem)
    }
    // Frame 4 certifies up to 3, and 1 and 2 were synced with that.
    const certified = await torn(async () => undefined, 2)
    expect(certified.gaps).toEqual([{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }])
    expect(certified.copies).toBe(1)
    const fenced = await torn(async (fileSystem) => {
      const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
      await journal.append('five')
      await journal.close()
    }, 3)
    expect(numbersOf(fenced.delivered.gaps, 'corrupt')).toEqual([3])
    // A subscriber has got 4, which nothing in the file says to be durable.
    const read = async (seq: number): Promise<Awaited<ReturnType<typeof opened>>> => {
      const fileSystem = newFileSystem()
      const journal = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
      await journal.appendBatch([value(1, 1000)])
      for (const next of [2, 3]) await journal.append(value(next, 1000), { durability: 'os' })
      await journal.flush()
      const reader = await journal.subscriber('sink')
      await journal.subscriber('keeper')
      reader.batches({ maxRecords: 1 }).subscribe((batch) => {
        if (batch.position.lastSeq <= seq) batch.ack()
      })
      await settle()
      const after = copyOf(fileSystem)
      const [path] = await segmentFiles(after)
      const at = Buffer.from(after.contents(path!)).indexOf('"2:')
      after.contents(path!).fill(0, at + 100, at + 200)
      return opened(after)
    }
    expect((await read(2)).gaps).toEqual([{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }])
    expect((await read(1)).gaps).toEqual([{ fromSeq: 2, toSeq: 2, reason: 'lost' }])
  })

  it('costs the torn frames only, whichever sectors are missing, and is told apart from damage by certificates alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            durability: fc.constantFrom<Durability>('commit', 'os', 'interval'),
            length: fc.constantFrom(20, 300, 700, 3000),
          }),
          { minLength: 2, maxLength: 12 },
        ),
        fc.array(fc.nat({ max: 63 }), { maxLength: 6 }),
        async (frames, sectors) => {
          const { fileSystem, path, starts, certificates } = await written(frames)
          const whole = fileSystem.contents(path).slice()
          const torn = whole.slice()
          for (const sector of sectors) {
            // The header of the segment was on the disk before anything else.
            torn.fill(0, Math.max(starts[0]!, sector * sectorBytes), (sector + 1) * sectorBytes)
          }
          await replaceFile(fileSystem, path, torn)
          const isWhole = (seq: number, headerOnly = false): boolean => {
            const start = starts[seq - 1]!
            const end = start + 64 + (headerOnly ? 0 : frames[seq - 1]!.length + 4)
            return Buffer.from(whole.subarray(start, end)).equals(torn.subarray(start, end))
          }
          const all = sequence(1, frames.length)
          const last = all.findLast((seq) => isWhole(seq)) ?? 0
          const said = all.filter((seq) => isWhole(seq, true)).map((seq) => certificates[seq - 1]!)
          const vouched = Math.max(0, ...said)
          const { gaps, delivered, reasons, copies, next } = await opened(fileSystem)
          expect([...delivered.values.keys()]).toEqual(all.filter((seq) => isWhole(seq)))
          const corrupt = numbersOf(gaps, 'corrupt')
          const lost = numbersOf(gaps, 'lost')
          expect(corrupt).toEqual(all.filter((seq) => seq <= vouched && !isWhole(seq)))
          expect(lost).toEqual(all.filter((seq) => seq > vouched && seq < last && !isWhole(seq)))
          expect(numbersOf(delivered.gaps, 'corrupt')).toEqual(corrupt)
          expect(numbersOf(delivered.gaps, 'lost')).toEqual(lost)
          expect(reasons.has('quarantined')).toBe(copies > 0)
          expect(copies > 0).toBe(corrupt.length > 0)
          expect(reasons.has('lost')).toBe(false)
          expect(next).toBeGreaterThan(last)
          // Opening twice gives the same.
          const again = await openStrings(fileSystem, { segmentBytes: 1024 * 1024 })
          const second = await readAll(again, 'second')
          expect(second.gaps).toEqual(delivered.gaps)
        },
      ),
    )
  })
})
