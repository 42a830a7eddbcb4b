import fc from 'fast-check'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'

import type { Gap, JournalOptions } from '../src/index.ts'
import type * as frame from '../src/format/frame.ts'
import type * as frameSource from '../src/read/frame-source.ts'
import type * as sharedTail from '../src/read/shared-tail.ts'
import type * as placeInDoubt from '../src/link/session/place-in-doubt.ts'
import type * as placedSegments from '../src/recover/placed-segments.ts'
import type * as segmentFile from '../src/segments/segment-file.ts'
import type * as log from '../src/write/log.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { directory, newFileSystem, replaceFile, segmentFiles } from './helpers/journals.ts'
import type * as followers from './helpers/followers.ts'
import { programs } from './helpers/programs.ts'

// Each control takes one safety away, in one module, and what proves that safety has to notice.

const replaced = new Set<string>()

/** Replaces exports of one module in everything that is imported afterwards. */
function replace<M extends object>(path: string, change: (original: M) => Partial<M>): void {
  replaced.add(path)
  vi.resetModules()
  vi.doMock(path, async (importOriginal) => {
    const original = await importOriginal<M>()
    return { ...original, ...change(original) }
  })
}

afterEach(() => {
  for (const path of replaced) vi.doUnmock(path)
  replaced.clear()
  vi.resetModules()
})

/** Which promises the simulation finds broken. */
async function brokenPromises(options: Partial<JournalOptions<string>> = {}): Promise<ReadonlySet<string>> {
  const { simulate } = await import('./helpers/simulation.ts')
  const found = new Set<string>()
  for (const program of fc.sample(programs(3), { numRuns: 160, seed: 11 })) {
    const { violations } = await simulate({ ...program, options: { ...program.options, ...options } })
    for (const { invariant } of violations) found.add(invariant)
  }
  return found
}

it('finds nothing broken as long as nothing is replaced', async () => {
  expect([...(await brokenPromises())]).toEqual([])
})

describe('without syncing', () => {
  it('the simulation finds that acknowledged records are lost', async () => {
    replace<typeof segmentFile>('../src/segments/segment-file.ts', ({ SegmentFile }) => {
      const original = Object.getOwnPropertyDescriptors(SegmentFile.prototype)
      onTestFinished(() => void Object.defineProperties(SegmentFile.prototype, original))
      SegmentFile.prototype.append = function (content) {
        return original.append.value!.call(this, content, false)
      }
      SegmentFile.prototype.sync = async () => undefined
      return {}
    })
    expect(await brokenPromises()).toContain('I1')
  })
})

describe('without the fence', () => {
  /** A former owner goes on after another one has the folder, until both have begun new segments. Gives what is there in the end. */
  const twoWriters = async (): Promise<{ acknowledged: readonly string[]; delivered: readonly string[] }> => {
    const { openStrings, readAll } = await import('./helpers/journals.ts')
    const fileSystem = newFileSystem()
    const large = (text: string): string => text.padEnd(2500, '.')
    const former = await openStrings(fileSystem)
    await former.append('before')
    await replaceFile(fileSystem, `${directory}/LOCK`, new Uint8Array(1))
    const owner = await openStrings(fileSystem)
    const acknowledged = ['before', 'mine', large('mine'), large('mine as well')]
    await owner.append('mine')
    // Nothing in memory keeps it from writing, as in a process that was stopped before it could look.
    for (const late of ['late', large('late'), large('later')]) await former.append(late)
    for (const mine of acknowledged.slice(2)) await owner.append(mine)
    const { values } = await readAll(await openStrings(fileSystem.processKill()))
    return { acknowledged, delivered: [...values.values()] }
  }

  it('what a former owner writes hides records that the owner acknowledged', async () => {
    replace<typeof placedSegments>('../src/recover/placed-segments.ts', ({ findSegments }) => ({
      findSegments: async (input) => {
        const { ours, all } = await findSegments(input)
        const fenceless = ours.map((found) =>
          found.header === undefined
            ? found
            : {
                ...found,
                header: { ...found.header, fence: { segment: 0, end: 0, lastSeq: 0, chain: 0, history: 0 } },
              },
        )
        return { ours: fenceless, all }
      },
    }))
    const { acknowledged, delivered } = await twoWriters()
    expect(delivered).not.toEqual(acknowledged)
    expect(delivered).not.toContain('mine')
  })

  it('but not with it', async () => {
    const { acknowledged, delivered } = await twoWriters()
    expect(delivered).toEqual(acknowledged)
  })
})

describe('without the durable mark in frames', () => {
  /** A record of a closed journal, the last one, is damaged. Gives the gaps, and the number of the next record. */
  const afterDamage = async (of = 'third'): Promise<{ gaps: readonly Gap[]; nextSeq: number }> => {
    const { openStrings } = await import('./helpers/journals.ts')
    const fileSystem: MemoryFileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (const value of ['first', 'second', 'third']) await journal.append(value)
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    const bytes = fileSystem.contents(path!)
    bytes[Buffer.from(bytes).indexOf(of)]! ^= 1
    const reopened = await openStrings(fileSystem)
    return { gaps: reopened.recovery.gaps, nextSeq: (await reopened.append('next')).firstSeq }
  }

  it('damage to an acknowledged record is taken for a torn write, and its number is given again', async () => {
    replace<typeof frame>('../src/format/frame.ts', ({ writeFrame }) => ({
      writeFrame: (into, at, header, body) => writeFrame(into, at, { ...header, certSeq: 0 }, body),
    }))
    expect(await afterDamage()).toEqual({ gaps: [], nextSeq: 3 })
    // One before a whole frame as well, though the next number is right.
    expect(await afterDamage('second')).toEqual({
      gaps: [{ fromSeq: 2, toSeq: 2, reason: 'lost' }],
      nextSeq: 4,
    })
  })

  it('but not with it', async () => {
    const gaps = [{ fromSeq: 3, toSeq: 3, reason: 'corrupt' }]
    expect(await afterDamage()).toEqual({ gaps, nextSeq: 4 })
    expect(await afterDamage('second')).toEqual({
      gaps: [{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }],
      nextSeq: 4,
    })
  })
})

describe('without the durable mark in memory', () => {
  it('the simulation finds that subscribers got what did not survive', async () => {
    replace<typeof log>('../src/write/log.ts', ({ Log }) => ({
      Log: class extends Log {
        readonly #input: log.LogInput

        constructor(input: log.LogInput) {
          super(input)
          this.#input = input
        }

        override async write(frames: readonly log.FrameRequest[], durable: boolean): Promise<number> {
          const firstSeq = await super.write(frames, durable)
          const { newest } = this.#input.segments
          if (newest === undefined || durable) return firstSeq
          const bytes = frames.map(({ body }) => 64 + Math.ceil(body.length / 8) * 8)
          const counts = frames.map(({ count }) => count)
          const sum = (all: readonly number[]): number => all.reduce((whole, one) => whole + one, 0)
          this.#input.segments.extend(newest, {
            lastSeq: firstSeq + sum(counts) - 1,
            end: newest.bytes + sum(bytes),
            chain: 0,
            history: 0,
          })
          this.#input.durable()
          return firstSeq
        }
      },
    }))
    expect(await brokenPromises({ durability: 'os' })).toContain('I2')
  })
})

describe('without gaps', () => {
  /** What the simulation finds where a record in the middle of a segment is damaged. */
  const afterDamage = async (): Promise<readonly string[]> => {
    const { simulate } = await import('./helpers/simulation.ts')
    const append = { does: 'append', lengths: [300], ticks: Infinity } as const
    const life = {
      ...{ opening: [], steps: [append, append, append], closes: true, stopAt: Infinity, stored: 0 },
      ...{ damage: [{ segment: 0, at: 500, length: 10 }], cut: undefined },
    }
    const { violations } = await simulate({ options: {}, lives: [life] })
    return violations.map(({ invariant }) => invariant)
  }

  it('the simulation finds that subscribers miss records without being told', async () => {
    replace<typeof frameSource>('../src/read/frame-source.ts', ({ createFrameSource }) => ({
      createFrameSource: (...input) =>
        Object.create(createFrameSource(...input), { gaps: { get: () => [] } }) as frameSource.FrameSource,
    }))
    expect(await afterDamage()).toContain('I3')
  })

  it('but not with them', async () => {
    expect(await afterDamage()).toEqual([])
  })
})

describe('with a tail that gives its newest frame for any other', () => {
  it('those who follow it are found to miss records', async () => {
    const newest = new WeakMap<object, Awaited<ReturnType<sharedTail.SharedTail['frame']>>>()
    replace<typeof sharedTail>('../src/read/shared-tail.ts', ({ SharedTail }) => {
      const original = Object.getOwnPropertyDescriptors(SharedTail.prototype)
      onTestFinished(() => void Object.defineProperties(SharedTail.prototype, original))
      SharedTail.prototype.frame = async function (...wanted) {
        const found = await original.frame.value!.apply(this, wanted)
        const last = newest.get(this)
        if (found === undefined || (last?.baseSeq ?? 0) > found.baseSeq) return found && last
        newest.set(this, found)
        return found
      }
      return {}
    })
    const { followedPrograms, playFollowed }: typeof followers = await import('./helpers/followers.ts')
    const { openStrings } = await import('./helpers/journals.ts')
    const play = (program: followers.FollowedProgram): Promise<unknown> =>
      playFollowed(program, openStrings).then(
        () => undefined,
        (error: unknown) => error,
      )
    const faults: unknown[] = []
    for (const program of fc.sample(followedPrograms(), { numRuns: 60, seed: 3 }))
      faults.push(await play(program))
    expect(faults.filter((fault) => fault !== undefined).length).toBeGreaterThan(0)
  })
})

describe('without holding acknowledgements back while the place of the target is in doubt', () => {
  /** Two copies of a journal, both of which went on, over links into one target. What one of them holds and need not send any more. */
  const acknowledgedInVain = async (): Promise<readonly string[]> => {
    const { copyOf, openStrings, readAll } = await import('./helpers/journals.ts')
    const { link, turns } = await import('./helpers/links.ts')
    const disk = newFileSystem()
    const first = await openStrings(disk)
    await first.subscriber('one')
    const audit = await first.subscriber('audit')
    await first.append('common')
    const copy = await openStrings(copyOf(disk))
    const target = await openStrings(newFileSystem())
    const feeds = [{ journal: 'main', subscriber: 'one', into: target }]
    const links = [first, copy].map((journal) => link({ journals: new Map([['main', journal]]) }, { feeds }))
    for (const [journal, value] of [
      [copy, 'its own'],
      [copy, 'and more'],
      [first, 'lost?'],
    ] as const) {
      await turns()
      await journal.append(value)
    }
    await turns()
    for (const { follower } of links) follower.stop()
    const acked = first.subscribers().find(({ name }) => name === 'one')?.ackedSeq ?? 0
    const held = new Set((await readAll(target)).values.values())
    const values = [...(await readAll(first, audit.name)).values]
    return values.flatMap(([seq, value]) => (seq <= acked && !held.has(value) ? [value] : []))
  }

  it('a record of a journal that parted is acknowledged and is nowhere else', async () => {
    replace<typeof placeInDoubt>('../src/link/session/place-in-doubt.ts', ({ PlaceInDoubt }) => ({
      PlaceInDoubt: class extends PlaceInDoubt {
        override get holds(): boolean {
          return false
        }
      },
    }))
    expect(await acknowledgedInVain()).toEqual(['lost?'])
  })

  it('but not with it', async () => {
    expect(await acknowledgedInVain()).toEqual([])
  })
})
