import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { AppendedFrame, CopiedFrame, Journal } from '../src/index.ts'
import { jsonCodec } from '../src/index.ts'
import { intoJournal, openFrame } from '../src/link/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'

type Side = 'upstream' | 'target'

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'wait'; readonly ticks: number }
  /** What each unsynced write leaves: nothing, a part, or all. */
  | { readonly kind: 'cut'; readonly sides: readonly Side[]; readonly kept: readonly number[] }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        sizes: fc.array(fc.constantFrom(1, 40, 700, 2000), { minLength: 1, maxLength: 5 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ticks: fc.integer({ min: 0, max: 60 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('cut' as const),
        sides: fc.constantFrom<readonly Side[]>(['upstream'], ['target'], ['upstream', 'target']),
        kept: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 }),
      }),
    },
  ),
  { maxLength: 30 },
)

/** The old process does nothing from now on, and the disk is what the cut leaves of it. */
function cutPower(fileSystem: MemoryFileSystem, kept: readonly number[]): MemoryFileSystem {
  fileSystem.stopAt(fileSystem.operations + 1)
  let turn = 0
  return fileSystem.powerCut((bytes) => {
    const choice = kept[turn++ % kept.length] ?? 0
    if (choice < 300) return undefined
    return choice < 600 ? bytes : bytes.slice(0, Math.floor((bytes.length * (choice - 600)) / 400))
  })
}

type Append = (target: Journal<string>, frame: CopiedFrame) => Promise<AppendedFrame>

/** Lives through the steps; gives what both journals hold at the end. */
async function live(todo: readonly Step[], appendFrame: Append): Promise<Record<Side, readonly string[]>> {
  const disks = { upstream: newFileSystem(), target: newFileSystem() }
  // The target would acknowledge to itself what is not durable.
  const open = async (side: Side): Promise<Journal<string>> =>
    openStrings(disks[side], side === 'target' ? { durability: 'os' } : {})
  const journals = { upstream: await open('upstream'), target: await open('target') }
  // Holds everything, so that it can be compared.
  for (const journal of Object.values(journals)) await journal.subscriber('audit')
  const link = async (): Promise<() => void> => {
    const { upstream, target } = journals
    const subscriber = await upstream.subscriber('target')
    const into = intoJournal({ appendFrame: (frame) => appendFrame(target, frame) })
    const subscription = subscriber.frames({ maxInFlight: 2 }).pipe(into).subscribe()
    return () => subscription.unsubscribe()
  }
  let unlink = await link()
  let serial = 0
  for (const step of todo) {
    if (step.kind === 'append') {
      const values = step.sizes.map((size) => `${serial++}:${'x'.repeat(size)}`)
      void journals.upstream.appendBatch(values)
    } else if (step.kind === 'wait') for (let tick = 0; tick < step.ticks; tick += 1) await Promise.resolve()
    else {
      unlink()
      for (const side of step.sides) {
        disks[side] = cutPower(disks[side], step.kept)
        journals[side] = await open(side)
      }
      unlink = await link()
    }
  }
  for (let turn = 0; turn < 5; turn += 1) await settle()
  unlink()
  const held = async (journal: Journal<string>): Promise<readonly string[]> => {
    const { values, gaps } = await readAll(journal, 'audit')
    expect(gaps).toEqual([])
    return [...values.values()]
  }
  return { upstream: await held(journals.upstream), target: await held(journals.target) }
}

describe('a journal that is copied into another', () => {
  it('is there exactly once and in order, whichever side loses power, and when', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        const { upstream, target } = await live(todo, (journal, frame) => journal.appendFrame(frame))
        expect(target).toEqual(upstream)
      }),
    )
  })

  it('is there twice in part where the place is not kept with the records', async () => {
    let twice = 0
    for (const todo of fc.sample(steps, { numRuns: 150, seed: 11 })) {
      const { upstream, target } = await live(todo, async (journal, { bytes, firstSeq }) => {
        const opened = openFrame(bytes)
        const values = jsonCodec<string>()
          .decode(opened.records)
          .slice(firstSeq - opened.firstSeq)
        const written = await journal.appendBatch(values, { durability: 'commit' })
        return { skipped: 0, written, hole: undefined }
      })
      if (target.length > upstream.length) twice += 1
    }
    expect(twice).toBeGreaterThan(0)
  })
})
