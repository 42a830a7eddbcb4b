import fc from 'fast-check'

import type { Durability, FullPolicy, JournalOptions } from '../../src/index.ts'
import type { FaultOptions, FileOperation, PowerCut } from '../../src/testing/index.ts'

/** Something that goes wrong with the disk until the next `mend`. */
export interface DiskFault extends FaultOptions {
  readonly operation: FileOperation
  readonly code: string
}

/** One thing that a program does; none waits for the one before it, except by `ticks`. */
export type Step =
  | { readonly does: 'append'; readonly lengths: readonly number[]; readonly durability?: Durability }
  | { readonly does: 'flush' }
  | { readonly does: 'subscribe'; readonly name: string; readonly from: 'oldest' | 'newest' }
  | { readonly does: 'read' | 'unsubscribe' | 'remove'; readonly name: string }
  | { readonly does: 'ack'; readonly name: string; readonly index: number }
  /** To a place among the records that are kept, in thousandths. */
  | { readonly does: 'seek'; readonly name: string; readonly to: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'fail'; readonly fault: DiskFault }
  | { readonly does: 'fill'; readonly freeBytes: number }
  | { readonly does: 'mend' }

/** A step, and for how many microtasks it runs before the next; Infinity until nothing moves any more. */
export type TimedStep = Step & { readonly ticks: number }

/** How a process ends, and what it does before. */
export interface Life {
  /** Faults while it opens the journal; they are over before the steps. */
  readonly opening: readonly DiskFault[]
  readonly steps: readonly TimedStep[]
  /** Whether it closes the journal, if it gets that far. */
  readonly closes: boolean
  /** The operation on the disk at which it ends; Infinity where it comes to its end. */
  readonly stopAt: number
  /** Bytes of that operation that are in the file already. */
  readonly stored: number
  /** Where bytes of segments are zeroed when it is over, in thousandths of all segments and of the one. */
  readonly damage: readonly { readonly segment: number; readonly at: number; readonly length: number }[]
  /** What a power cut leaves; without it the process is only killed. */
  readonly cut: readonly number[] | undefined
}

/** Lives of one journal, one after the other. */
export interface Program {
  readonly options: Partial<JournalOptions<string>>
  readonly lives: readonly Life[]
}

const thousandths = fc.integer({ min: 0, max: 999 })
const names = fc.constantFrom('a', 'b')
const durability = fc.constantFrom<Durability | undefined>(undefined, undefined, 'commit', 'interval', 'os')
const lengths = fc.array(fc.constantFrom(1, 30, 300, 1500), { minLength: 1, maxLength: 4 })

const fault: fc.Arbitrary<DiskFault> = fc
  .record({
    kind: fc.constantFrom(
      ['write', 'EIO'] as const,
      ['write', 'ENOSPC'] as const,
      ['sync', 'EIO'] as const,
      ['open', 'EMFILE'] as const,
      ['rename', 'EIO'] as const,
      ['remove', 'EIO'] as const,
    ),
    call: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    stored: fc.constantFrom(0, 7, 100, 100_000),
    drops: fc.boolean(),
  })
  .map(({ kind: [operation, code], call, ...rest }) => ({
    ...{ operation, code, ...rest },
    ...(call === undefined ? {} : { call }),
  }))

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(lengths, durability)
      .map(([all, kept]): Step => ({ does: 'append', lengths: all, ...(kept && { durability: kept }) })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ does: 'flush' }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(names, fc.constantFrom('oldest' as const, 'newest' as const))
      .map(([name, from]): Step => ({ does: 'subscribe', name, from })),
  },
  { weight: 2, arbitrary: names.map((name): Step => ({ does: 'read', name })) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(names, fc.integer({ min: 0, max: 1 }))
      .map(([name, index]): Step => ({ does: 'ack', name, index })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('unsubscribe' as const, 'remove' as const), names)
      .map(([does, name]): Step => ({ does, name })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(names, thousandths).map(([name, to]): Step => ({ does: 'seek', name, to })),
  },
  { weight: 1, arbitrary: fc.constantFrom(10, 60, 250, 1500).map((ms): Step => ({ does: 'wait', ms })) },
  { weight: 1, arbitrary: fault.map((one): Step => ({ does: 'fail', fault: one })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1000, 6000).map((freeBytes): Step => ({ does: 'fill', freeBytes })),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ does: 'mend' }) },
)

const timed: fc.Arbitrary<TimedStep> = fc
  .tuple(step, fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 15 })))
  .map(([one, ticks]) => ({ ...one, ticks }))

const life: fc.Arbitrary<Life> = fc.record({
  opening: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fault, { maxLength: 2 }) },
  ),
  steps: fc.array(timed, { maxLength: 25 }),
  closes: fc.boolean(),
  stopAt: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 }), fc.constant(Infinity)),
  stored: fc.constantFrom(0, 9, 300, 100_000),
  damage: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({ segment: thousandths, at: thousandths, length: fc.constantFrom(1, 100, 1000) }),
        { maxLength: 2 },
      ),
    },
  ),
  cut: fc.option(fc.array(thousandths, { minLength: 1, maxLength: 9 }), { nil: undefined }),
})

const options: fc.Arbitrary<Partial<JournalOptions<string>>> = fc.record({
  durability: fc.constantFrom<Durability>('commit', 'commit', 'interval', 'os'),
  segmentBytes: fc.constantFrom(4096, 8192),
  maxBytes: fc.constantFrom(16_384, 1 << 20),
  whenFull: fc.constantFrom<FullPolicy>('reject', 'block', 'drop-oldest', 'evict-subscriber'),
  keepBytes: fc.constantFrom(0, 0, 6000),
  maxPending: fc.constantFrom(20, 65_536),
})

/** Any program of up to so many lives. */
export const programs = (maxLives: number): fc.Arbitrary<Program> =>
  fc.record({ options, lives: fc.array(life, { minLength: 1, maxLength: maxLives }) }).map(withinPromises)

/** Without what nobody promises to survive. */
function withinPromises({ options: chosen, lives }: Program): Program {
  const drops = lives.some(({ opening, steps }) =>
    [...opening, ...steps.flatMap((one) => (one.does === 'fail' ? [one.fault] : []))].some(
      (one) => one.drops,
    ),
  )
  // Where the rest was evicted for want of room, damage to the newest segment leaves nothing that knows of it.
  const evicts = chosen.whenFull === 'drop-oldest' || chosen.whenFull === 'evict-subscriber'
  return {
    options: chosen,
    lives: lives.map((one) => ({
      ...one,
      // A tail whose pages were dropped, and that cannot be written again, is synced in place for want of anything better.
      opening: drops ? one.opening.filter(({ operation }) => operation !== 'write') : one.opening,
      damage: evicts ? [] : one.damage,
    })),
  }
}

/** What a power cut leaves, by numbers from 0 to 999 that are used in turn: of each sector, name and growth. */
export function cutBy(numbers: readonly number[]): PowerCut {
  let turn = 0
  const next = (): number => numbers[turn++ % numbers.length] ?? 0
  const sectorBytes = [512, 4096, undefined][next() % 3]
  return {
    ...(sectorBytes === undefined ? {} : { sectorBytes }),
    write: (bytes) => {
      const choice = next()
      if (choice < 400) return undefined
      return choice < 800 ? bytes : bytes.subarray(0, Math.floor((bytes.length * (choice % 200)) / 200))
    },
    grow: (zeros) => {
      const choice = next()
      if (choice < 300) return undefined
      // Whatever lay on the disk before.
      return choice < 700 ? zeros : zeros.map((_, index) => (index * choice) % 251)
    },
    cut: () => next() < 500,
    name: ({ kind }) => {
      const choice = next()
      return kind === 'rename' && choice < 300 ? 'both' : choice < 650
    },
  }
}
