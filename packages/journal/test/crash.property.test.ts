import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { MemoryFileSystem } from '../src/testing/index.ts'
import type { Life, Program, Step } from './helpers/programs.ts'
import { programs } from './helpers/programs.ts'
import { simulate } from './helpers/simulation.ts'
import { stride } from './helpers/stride.ts'

describe('a journal on a disk that fails, fills up, is damaged and loses power', () => {
  it('keeps all its promises through any number of lives', async () => {
    await fc.assert(
      fc.asyncProperty(programs(4), async (program) => {
        expect((await simulate(program)).violations).toEqual([])
      }),
    )
  })
})

const longest = { ticks: Infinity } as const
const life: Life = {
  ...{ opening: [], steps: [], closes: false, stopAt: Infinity, stored: 0, damage: [], cut: undefined },
}
/** Appends of each durability, two subscribers, rolls, retention, removal. */
const steps: readonly (Step & typeof longest)[] = [
  { does: 'append', lengths: [30, 1500] },
  { does: 'subscribe', name: 'a', from: 'oldest' },
  { does: 'subscribe', name: 'b', from: 'newest' },
  { does: 'append', lengths: [1500], durability: 'os' },
  { does: 'read', name: 'a' },
  { does: 'read', name: 'b' },
  { does: 'append', lengths: [1500, 30], durability: 'interval' },
  { does: 'ack', name: 'a', index: 0 },
  { does: 'flush' },
  { does: 'append', lengths: [1500, 300] },
  { does: 'ack', name: 'b', index: 0 },
  { does: 'ack', name: 'a', index: 0 },
  { does: 'remove', name: 'b' },
  { does: 'append', lengths: [1500] },
  { does: 'wait', ms: 1500 },
].map((step) => ({ ...(step as Step), ...longest }))

const options: Program['options'] = { segmentBytes: 4096, whenFull: 'reject' }
/** Nothing that was not synced, everything, every other sector, and parts of sectors with names as they come. */
const cuts = [undefined, [0], [500], [500, 0], [2, 900, 350, 500, 650, 790, 100]]

describe('a process or a disk that stops at any one operation', () => {
  const broken = async (
    lives: readonly Life[],
  ): Promise<{ violations: readonly unknown[]; operations: readonly number[] }> => {
    const { violations, operations } = await simulate({ options, lives })
    return {
      violations: violations.map((violation) => ({
        ...violation,
        stops: lives.map(({ stopAt, cut }) => ({ stopAt, cut })),
      })),
      operations,
    }
  }

  it('in a life with appends, rolls, acknowledgements and retention breaks no promise', async () => {
    const whole = await broken([{ ...life, steps, closes: true }])
    const last = whole.operations[0] ?? 0
    expect(last).toBeGreaterThan(50)
    for (let stopAt = 1; stopAt <= last; stopAt += stride(11)) {
      for (const cut of cuts) {
        const { violations } = await broken([
          { ...life, steps, closes: true, stopAt, cut, stored: stopAt * 37 },
        ])
        expect(violations).toEqual([])
      }
    }
  })

  it('in opening what a crash left behind breaks no promise, however often it happens', async () => {
    const first = { ...life, steps, stopAt: 45 }
    for (const cut of cuts) {
      for (const [index, again] of cuts.entries()) {
        for (let stopAt = 1 + (index % stride(9)); stopAt <= 14; stopAt += stride(9)) {
          const stopped = { ...life, steps, stopAt, cut: again, stored: 70 }
          const { violations } = await broken([
            { ...first, cut },
            stopped,
            { ...stopped, stopAt: 15 - stopAt },
            stopped,
          ])
          expect(violations).toEqual([])
        }
      }
    }
  })
})

describe('recovery', () => {
  const files = async (fileSystem: MemoryFileSystem): Promise<ReadonlyMap<string, string>> => {
    const all = new Map<string, string>()
    for (const folder of ['journal', 'journal/subscribers']) {
      for (const name of await fileSystem.list(folder)) {
        if (name.includes('.'))
          all.set(name, Buffer.from(fileSystem.contents(`${folder}/${name}`)).toString('base64'))
      }
    }
    return all
  }

  it('that is over changes nothing when it is done again', async () => {
    for (const cut of cuts) {
      const { fileSystem } = await simulate({ options, lives: [{ ...life, steps, stopAt: 45, cut }, life] })
      const before = await files(fileSystem)
      const { fileSystem: after } = await simulate(
        { options, lives: [] },
        { from: fileSystem.processKill(), onlyOpens: true },
      )
      expect(await files(after)).toEqual(before)
    }
  })
})
