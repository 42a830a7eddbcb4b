import type { FileSystem, Sample } from '@tocsin/core'

import { memoryFileSystem, type MemoryFileSystem } from '../../../src/testing/index.ts'
import {
  openRollupStore,
  type RollupBatch,
  type RollupStore,
  type RollupStoreOptions,
} from '../../../src/store.ts'
import { day } from '../../support/samples.ts'
import type { Between, Life } from './any-life.ts'

export const directory = '/rollups'

/** Records of the journal, from 1 on, of samples that come one after the other. */
export const batchOf = (samples: readonly Sample[], from: number, to: number): RollupBatch => ({
  position: { journalId: 'j', firstSeq: from + 1, lastSeq: to },
  values: samples.slice(from, to),
})

/** A store on a disk in memory that lives through flushes and restarts, with a clock that is moved by hand. */
export class LivingStore {
  memory: MemoryFileSystem = memoryFileSystem()
  /** Later than all samples. */
  now: number = 30 * day
  /** Problems that were told. */
  readonly problems: string[] = []
  readonly #options: RollupStoreOptions
  readonly #disk: (fileSystem: MemoryFileSystem) => FileSystem
  #store: RollupStore | undefined

  constructor(
    options: RollupStoreOptions = {},
    disk: (fileSystem: MemoryFileSystem) => FileSystem = (fileSystem) => fileSystem,
  ) {
    this.#options = options
    this.#disk = disk
  }

  get store(): RollupStore {
    if (this.#store === undefined) throw new Error('the store is not open')
    return this.#store
  }

  async open(): Promise<RollupStore> {
    this.#store = await openRollupStore(directory, {
      windows: ['1m', '5m', '1h', '1d'],
      fileSystem: this.#disk(this.memory),
      clock: { now: () => this.now },
      problems: { next: ({ reason }) => this.problems.push(reason) },
      ...this.#options,
    })
    return this.#store
  }

  /** What its process did last is done, and nothing of it goes on. */
  async kill(): Promise<void> {
    this.memory = this.memory.processKill()
    await this.open()
  }

  async lose(choices: Parameters<MemoryFileSystem['powerCut']>[0]): Promise<void> {
    this.memory = this.memory.powerCut(choices)
    await this.open()
  }

  async restart(): Promise<void> {
    await this.store.close()
    await this.open()
  }

  async let(then: Between): Promise<void> {
    if (then === 'flush' || then === 'flush and kill') await this.store.flush()
    if (then === 'kill' || then === 'flush and kill') await this.kill()
    if (then === 'close') await this.restart()
  }

  /** Writes all samples from where the store is, in batches of any size. */
  async writeRest(samples: readonly Sample[], size: number = samples.length): Promise<void> {
    for (;;) {
      const from = this.store.position?.seq ?? 0
      if (from >= samples.length) return
      await this.store.write(batchOf(samples, from, Math.min(samples.length, from + size)))
    }
  }

  /** Lives through all of it. */
  async live({ samples, cuts }: Life, before: readonly Sample[] = []): Promise<Sample[]> {
    const all = [...before, ...samples]
    await this.open()
    if (before.length > 0) await this.store.write(batchOf(all, 0, before.length))
    for (const { size, again, then, laterMs } of cuts) {
      const at = this.store.position?.seq ?? 0
      const [from, to] = [Math.max(0, at - again), Math.min(all.length, at + size)]
      if (from < to) await this.store.write(batchOf(all, from, to))
      this.now += laterMs
      await this.let(then)
    }
    await this.writeRest(all)
    return all
  }
}
