import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Journal, JournalFrame } from '../src/index.ts'
import { intoJournal } from '../src/link/index.ts'
import type { BytesChoice } from '../src/testing/index.ts'
import type * as copiedRun from '../src/write/copied-run.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { cutBy } from './helpers/programs.ts'

/** What a collector or the target itself appends, then for how many microtasks all go on. */
interface Step {
  readonly from: number
  readonly sizes: readonly number[]
  readonly ticks: number
  /** The target loses power then, in so many operations on its disk: what is left of each sector that was not synced. */
  readonly cut: readonly number[] | undefined
  readonly stopIn: number
}

const collectors = 3

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: collectors }),
    sizes: fc.array(fc.constantFrom(1, 300, 700), { minLength: 1, maxLength: 3 }),
    ticks: fc.integer({ min: 0, max: 60 }),
    stopIn: fc.integer({ min: 1, max: 4 }),
    cut: fc.option(fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 9 }), {
      freq: 4,
      nil: undefined,
    }),
  }),
  { maxLength: 30 },
)

/** Which values of each collector the target holds in the end, in its order, and which they should be. */
async function live(
  todo: readonly Step[],
  runBytes: number,
): Promise<{ readonly held: readonly string[][]; readonly sent: readonly string[][] }> {
  const upstreams: Journal<string>[] = []
  for (let index = 0; index < collectors; index += 1) upstreams.push(await openStrings(newFileSystem()))
  let disk = newFileSystem()
  let target = await openStrings(disk)
  await target.subscriber('audit')
  const link = async (): Promise<() => void> => {
    const links = await Promise.all(
      upstreams.map(async (upstream) =>
        (await upstream.subscriber('target'))
          .frames({ maxInFlight: 4, runBytes })
          .pipe(intoJournal(target))
          .subscribe({ error: () => undefined }),
      ),
    )
    return () => links.forEach((each) => each.unsubscribe())
  }
  let unlink = await link()
  const sent = upstreams.map((): string[] => [])
  let serial = 0
  for (const { from, sizes, ticks, cut, stopIn } of todo) {
    if (cut !== undefined) disk.stopAt(disk.operations + stopIn)
    for (const size of sizes) {
      const value = `${from}:${serial++}:${'x'.repeat(size)}`
      sent[from]?.push(value)
      // Several small frames in a row, as of a backlog.
      if (from < collectors) void upstreams[from]?.append(value)
      else target.append(value).catch(() => undefined)
      await Promise.resolve()
    }
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    if (cut === undefined) continue
    unlink()
    disk.stopAt(0)
    disk = disk.powerCut(cutBy(cut))
    target = await openStrings(disk)
    unlink = await link()
  }
  for (let turn = 0; turn < 8; turn += 1) await settle()
  unlink()
  const { values } = await readAll(target, 'audit')
  const held = upstreams.map((_, index) =>
    [...values.values()].filter((value) => value.startsWith(`${index}:`)),
  )
  return { held, sent }
}

afterEach(() => {
  vi.doUnmock('../src/write/copied-run.ts')
  vi.resetModules()
})

describe('several journals that are copied into one at once', () => {
  it('are each there exactly once and in order, wherever the power goes and whatever sectors it tears', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(0, 500, 10_000), async (todo, runBytes) => {
        const { held, sent } = await live(todo, runBytes)
        expect(held).toEqual(sent)
      }),
    )
  })

  /** Three frames of one journal go into one write, of which the sectors before `lost` are not on the disk; then they come again. */
  const torn = async (open: typeof openStrings, lost: number): Promise<readonly string[]> => {
    const disk = newFileSystem()
    const upstream = await openStrings(newFileSystem())
    for (const value of ['1', '2', '3']) await upstream.append(value.padEnd(600))
    const frames: JournalFrame[] = []
    const reader = await upstream.subscriber('target')
    reader.frames().subscribe((frame) => frames.push(frame))
    const target = await open(disk)
    await target.append('begins the segment')
    await settle()
    disk.stopAt(disk.operations + 1)
    for (const frame of frames) void target.appendFrame(frame)
    await settle()
    const write: BytesChoice = (bytes, { position }) => (position < lost ? undefined : bytes)
    const after = await open(disk.powerCut({ sectorBytes: 512, write, grow: (zeros) => zeros }))
    for (const frame of frames) await after.appendFrame(frame)
    const { values } = await readAll(after)
    return [...values.values()].slice(1).map((value) => value.trim())
  }
  const places = [0, 512, 1024, 1536, 2048, 4096]

  it('are there whole after a write of several frames of one of them is torn anywhere', async () => {
    for (const lost of places) expect(await torn(openStrings, lost)).toEqual(['1', '2', '3'])
  })

  it('lose records where two frames of one journal go into one write', async () => {
    vi.resetModules()
    vi.doMock('../src/write/copied-run.ts', async (importOriginal) => {
      const original = await importOriginal<typeof copiedRun>()
      return {
        ...original,
        CopiedRuns: class<T> extends original.CopiedRuns<T> {
          override find(): undefined {
            return undefined
          }
        },
      }
    })
    const { openStrings: open } = await import('./helpers/journals.ts')
    const held: string[] = []
    for (const lost of places) held.push((await torn(open, lost)).join(' '))
    expect(held).toContain('1 2 3')
    expect(held.filter((values) => values !== '1 2 3')).not.toEqual([])
  })
})
