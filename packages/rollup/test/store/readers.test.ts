import type { FileSystem } from '@tocsin/core'
import { lastValueFrom, take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { openRollupStore } from '../../src/store.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { hour, minute, sample } from '../support/samples.ts'
import { differences } from './living/differences.ts'
import { batchOf, directory, LivingStore } from './living/living-store.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Runs turns until it is so; throws where it never is. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < 2000; turns += 1) {
    if (isSo()) return
    await turn()
  }
  throw new Error('it never was')
}

/** Knows which segments are open, and how often they were read. */
class Watched {
  readonly open = new Set<object>()
  reads = 0

  readonly disk = (memory: MemoryFileSystem): FileSystem => ({
    ...memory,
    open: async (path, mode) => {
      const file = await memory.open(path, mode)
      if (!path.endsWith('.seg')) return file
      const one = {}
      this.open.add(one)
      const close = async (): Promise<void> => {
        this.open.delete(one)
        await file.close()
      }
      const read = (into: Uint8Array, position: number): Promise<number> => {
        this.reads += 1
        return file.read(into, position)
      }
      return { ...file, read, close }
    },
  })
}

describe('chunks that are left early', () => {
  const query = { select: '__name:*', from: 0, to: hour, period: '1m', value: 'last' } as const
  const many = Array.from({ length: 1000 }, (_, at) => sample(`s${String(at).padStart(4, '0')}`, 0, at / 3))

  async function watchedStore(): Promise<[Watched, LivingStore]> {
    const watched = new Watched()
    const living = new LivingStore({}, watched.disk)
    await living.open()
    await living.writeRest([...many, sample('s0000', hour, 1)])
    await living.store.flush()
    await until(() => watched.open.size === 0)
    return [watched, living]
  }

  it('have their files open while they are read, and closed behind the piece that was the last', async () => {
    const [watched, { store }] = await watchedStore()
    watched.reads = 0
    await lastValueFrom(store.chunks(query))
    const all = watched.reads
    await until(() => watched.open.size === 0)
    watched.reads = 0
    let openThen = 0
    const pieces = store.chunks(query).pipe(take(1))
    await new Promise<void>((resolve, reject) => {
      pieces.subscribe({ next: () => (openThen = watched.open.size), complete: resolve, error: reject })
    })
    expect(openThen).toBeGreaterThan(0)
    await until(() => watched.open.size === 0)
    expect(watched.reads).toBeLessThan(all)
    await store.close()
  })

  it('let go of a segment that was replaced meanwhile', async () => {
    const [watched, living] = await watchedStore()
    const { store, memory } = living
    const held: string[] = []
    await new Promise<void>((resolve, reject) => {
      store
        .chunks(query)
        .pipe(take(2))
        .subscribe({
          next: (piece) => void held.push(piece[0]?.series.key ?? ''),
          complete: resolve,
          error: reject,
        })
    })
    expect(held).toHaveLength(2)
    await until(() => watched.open.size === 0)
    // All of it can be put together: nobody holds a file that is gone.
    for (let round = 1; round <= 10; round += 1) {
      const at = store.position?.seq ?? 0
      const next = [sample('s0000', hour + 2 * round * minute, round)]
      await store.write({
        ...batchOf(next, 0, 1),
        position: { journalId: 'j', firstSeq: at + 1, lastSeq: at + 1 },
      })
      await store.flush()
    }
    expect(store.stats.merges).toBeGreaterThan(0)
    const files = (await memory.list(directory)).filter((name) => name.endsWith('.seg'))
    expect(files).toHaveLength(store.stats.segments)
    expect(watched.open.size).toBe(0)
  })
})

describe('a snapshot beside a flush', () => {
  const samples = Array.from({ length: 9 }, (_, at) => sample('a', at * minute, 1, 'observation'))
  const changing = ['open', 'rename', 'remove', 'syncDirectory'] as const

  /** A store of which a flush has much to do, with a disk that can be made to wait at one of its operations. */
  async function waitingStore(): Promise<{
    living: LivingStore
    holdAt: (call: number) => () => void
    calls: () => number
  }> {
    let [calls, held] = [0, Infinity]
    let release = (): void => undefined
    let gate: Promise<void> = Promise.resolve()
    const disk = (memory: MemoryFileSystem): FileSystem => {
      const waiting = { ...memory } as Record<string, unknown>
      for (const name of changing) {
        waiting[name] = async (...given: never[]) => {
          calls += 1
          if (calls === held) await gate
          return (memory[name] as (...all: never[]) => unknown)(...given)
        }
      }
      return waiting as unknown as FileSystem
    }
    const living = new LivingStore({ rawHorizonMs: 0 }, disk)
    await living.open()
    for (let at = 0; at < 9; at += 3) {
      await living.store.write(batchOf(samples, at, at + 3))
      // Each begins a file of the log, of which the flush drops those that it has written.
      await living.kill()
    }
    living.now += 1
    await living.store.write({ position: { journalId: 'j', firstSeq: 10, lastSeq: 10 }, values: [] })
    calls = 0
    const holdAt = (call: number): (() => void) => {
      held = call
      gate = new Promise((resolve) => (release = resolve))
      return () => release()
    }
    return { living, holdAt, calls: () => calls }
  }

  const copyOf = async (memory: MemoryFileSystem): Promise<readonly string[]> => {
    const copy = await openRollupStore('/copy', { fileSystem: memory, rawHorizonMs: 0 })
    return (await differences(copy, samples, { to: hour })).wrong
  }

  it('links nothing before the flush is done, wherever that is, and has all that was stored', async () => {
    const whole = await waitingStore()
    await whole.living.store.flush()
    const operations = whole.calls()
    expect(operations).toBeGreaterThan(3)
    for (let call = 1; call <= operations; call += 1) {
      const { living, holdAt, calls } = await waitingStore()
      const release = holdAt(call)
      const flushed = living.store.flush()
      await until(() => calls() === call)
      const copied = living.store.snapshot('/copy')
      for (let turns = 0; turns < 20; turns += 1) await turn()
      const linked = await living.memory.list('/copy').catch(() => [])
      expect(linked, `operation ${call}`).toEqual([])
      release()
      await Promise.all([flushed, copied])
      expect(await copyOf(living.memory), `operation ${call}`).toEqual([])
    }
  })

  it('would lose samples with the segments of before the flush and the log of behind it', async () => {
    const { living } = await waitingStore()
    const { memory } = living
    const segments = (await memory.list(directory)).filter((name) => name.endsWith('.seg'))
    await living.store.flush()
    const behind = (await memory.list(directory)).filter((name) => !name.endsWith('.seg') && name !== 'LOCK')
    await memory.makeDirectory('/copy')
    for (const name of [...segments, ...behind]) {
      await memory.link(`${directory}/${name}`, `/copy/${name}`).catch(() => undefined)
    }
    expect(await copyOf(memory)).not.toEqual([])
  })
})
