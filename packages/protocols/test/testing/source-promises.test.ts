import type { Batch } from '@tocsin/core'
import { finalize, map, mergeMap, Observable, of } from 'rxjs'
import { afterAll, describe, expect, it } from 'vitest'

import { source } from '../../src/index.ts'
import type { SourceRun } from '../../src/index.ts'
import { sourceConformance } from '../../src/testing/index.ts'
import type { SourceUnderTest, TestedSource } from '../../src/testing/index.ts'
import { promises } from '../../src/testing/source-promises.ts'

interface Own extends TestedSource {
  push(): void
  spoil(): void
  isOpen(): boolean
}

type Runs = ReadonlySet<SourceRun<number>>

/** What a source does otherwise than it should. */
interface Fault {
  /** Begins a run; what it gives back ends it. */
  readonly start?: (run: SourceRun<number>, open: (change: number) => void, runs: Runs) => () => void
  readonly emit?: (run: SourceRun<number>, values: number[], runs: Runs) => void
  readonly spoil?: (run: SourceRun<number>) => void
  readonly face?: (good: TestedSource) => Partial<TestedSource>
  /** The values, where they are not those of `source()`. */
  readonly values?: (good: TestedSource) => Observable<unknown>
  readonly openWhenMade?: number
}

const opening = (_: unknown, open: (change: number) => void): (() => void) => {
  open(1)
  return () => open(-1)
}

/** Two numbers with each push, never the same ones. */
function pushing({
  start = opening,
  emit = (run, values) => run.emit(values),
  spoil = (run) => run.report('bad', 'it cannot be read'),
  face,
  values = (good) => good,
  openWhenMade = 0,
}: Fault = {}): Own {
  const runs = new Set<SourceRun<number>>()
  let [last, opened] = [0, openWhenMade]
  const good = source<number>((run) => {
    runs.add(run)
    const stop = start(run, (change) => (opened += change), runs)
    return () => {
      runs.delete(run)
      stop()
    }
  })
  const { stats, problems } = good
  const own = { stats, problems, batches: (options?: object) => good.batches(options), ...face?.(good) }
  return Object.assign(new Observable((subscriber) => values(good).subscribe(subscriber)), own, {
    push() {
      const numbers = [(last += 1), (last += 1)]
      for (const run of runs) emit(run, numbers, runs)
    },
    spoil() {
      for (const run of runs) spoil(run)
    },
    isOpen: () => opened > 0,
  })
}

const onBatches =
  (change: (batch: Batch<unknown>) => Batch<unknown>) =>
  (good: TestedSource): Partial<TestedSource> => ({
    batches: (options) => good.batches(options).pipe(map(change)),
  })

/** Asks for the next as long as it may. */
const pulling = (run: SourceRun<number>, open: (change: number) => void): (() => void) => {
  const pull = (): void => {
    run.emit([1, 2])
    run.whenRoom(pull)
  }
  run.whenRoom(pull)
  return opening(run, open)
}

/** All sentences that came of it, in the order of the promises. */
async function failuresOf(
  fault?: Fault,
  subject: Partial<SourceUnderTest<Own>> = {},
): Promise<readonly string[]> {
  const cases = sourceConformance<Own>({
    create: () => pushing(fault),
    send: (own) => own.push(),
    valuesPerSend: 2,
    spoil: (own) => own.spoil(),
    isRunning: (own) => own.isOpen(),
    timeoutMs: 1000,
    ...subject,
  })
  const failures = await Promise.all(
    cases.map(({ run }) =>
      run().then(
        () => [],
        (error: unknown) => [(error as Error).message],
      ),
    ),
  )
  return failures.flat()
}

/** The fault, how it is made, and which promises it breaks with which sentence, both by their beginnings. */
type Control = readonly [
  name: string,
  fault: Fault,
  broken: readonly (readonly [promise: string, seen: string])[],
  subject?: Partial<SourceUnderTest<Own>>,
]

const buffer: number[] = []
const counting: NodeJS.Timeout[] = []
afterAll(() => counting.forEach((timer) => clearInterval(timer)))
const used = new WeakSet<Runs>()

/** As `source()` would, but for what the fault says. */
const batchesOfOne = (good: TestedSource, onAck: (again: () => void) => void): Observable<Batch<unknown>> =>
  new Observable((subscriber) => {
    let room = 1
    let isOver = false
    const waiting: (readonly unknown[])[] = []
    const give = (): void => {
      while (room > 0 && waiting.length > 0) {
        room -= 1
        const giveBack = (): void => {
          room += 1
          give()
        }
        subscriber.next({ values: waiting.shift() ?? [], ack: () => (isOver ? undefined : onAck(giveBack)) })
      }
    }
    subscriber.add(() => (isOver = true))
    return good.batches().subscribe((batch) => {
      waiting.push(batch.values)
      batch.ack()
      give()
    })
  })

const cannotGoOn = (): never => {
  throw new Error('it is over')
}

const controls: readonly Control[] = [
  [
    'opens when it is made',
    { openWhenMade: 1, start: (_, open) => () => open(-1) },
    [['starts nothing', 'isRunning says true before it was subscribed to']],
  ],
  [
    'emits when it is made',
    { face: () => ({ stats: { samples: 1, dropped: 0 } }) },
    [
      ['starts nothing', 'it had counted 1 values'],
      ['emits each value once', 'stats.samples is 1, and 6 values came'],
    ],
  ],
  [
    'counts values twice',
    {
      face: ({ stats }) => ({
        stats: {
          dropped: 0,
          get samples() {
            return stats.samples * 2
          },
        },
      }),
    },
    [['emits each value once', 'stats.samples is 12, and 6 values came']],
  ],
  [
    'emits twice',
    {
      emit: (run, values) => {
        run.emit(values)
        run.emit(values)
      },
    },
    [['emits each value once', '12 values came of 6 that were sent']],
  ],
  [
    'loses the rest of a batch',
    { emit: (run, values) => run.emit(values.slice(0, 1)) },
    [['emits each value once', '3 values came of 6 that were sent']],
  ],
  [
    'loses the rest of a batch where it gives batches',
    { face: onBatches((batch) => ({ ...batch, values: batch.values.slice(0, 1) })) },
    [['emits each value once', '9 values came of 12 that were sent']],
  ],
  [
    'closes nothing when it is left',
    {
      start: (_, open) => {
        open(1)
        return () => undefined
      },
    },
    [
      ['stops when it is left: ', 'isRunning says true after it was left'],
      ['stops when it is left in the middle', 'isRunning says true after it was left'],
      ['stops when it is left at once', 'isRunning says true after it was left'],
      ['bears an ack', 'isRunning says true after it was left'],
    ],
  ],
  [
    'goes on counting after it was left',
    {
      face: ({ stats }) => {
        let more = 0
        counting.push(setInterval(() => (more += stats.samples > 0 ? 1 : 0)))
        return {
          stats: {
            dropped: 0,
            get samples() {
              return stats.samples + more
            },
          },
        }
      },
    },
    [
      ['emits each value once', 'stats.samples is'],
      ['stops when it is left: ', 'it counted'],
      ['stops when it is left in the middle', 'it counted'],
      ['bears an ack', 'it counted'],
    ],
  ],
  [
    'opens late and forgets that it was left',
    {
      start: (_, open) => {
        let isOpen = false
        setTimeout(() => {
          open(1)
          isOpen = true
        }, 10)
        return () => {
          if (isOpen) open(-1)
        }
      },
    },
    [
      ['stops when it is left in the middle', 'isRunning says true after it was left'],
      ['stops when it is left at once', 'isRunning says true after it was left'],
    ],
  ],
  [
    'can be subscribed to only once',
    {
      start: (run, open, runs) => {
        open(1)
        const isFirst = !used.has(runs)
        used.add(runs)
        if (!isFirst) run.complete()
        return () => open(-1)
      },
    },
    [
      ['emits each value once', '0 came before it completed, of 1 waited for'],
      ['stops when it is left at once', '0 came before it completed, of 1 waited for'],
      ['lets no subscriber wait', '0 came before it completed, of 2 waited for'],
    ],
  ],
  [
    'gives batches without values',
    {
      face: (good) => ({
        batches: (options) =>
          good.batches(options).pipe(mergeMap((batch) => of({ values: [], ack: () => undefined }, batch))),
      }),
    },
    [
      ['has values in every batch', '2 of 4 batches were empty'],
      ['gives no more batches', '4 batches came unacknowledged, of at most 2'],
    ],
  ],
  [
    'pushes on without room',
    {
      face: (good) => ({
        batches: (options) => {
          void good.batches(options)
          return good.batches({ maxInFlight: 1000 })
        },
      }),
    },
    [
      ['gives no more batches', '4 batches came unacknowledged, of at most 2'],
      ['bears an ack', '3 batches came for one that was acknowledged twice'],
    ],
  ],
  [
    'does not hear ack()',
    { face: onBatches(({ values }) => ({ values, ack: () => undefined })) },
    [
      ['gives no more batches', '2 came, of 3 waited for'],
      ['bears an ack', '1 came, of 2 waited for'],
    ],
  ],
  [
    'takes a second ack() for one more',
    {
      face: (good) => ({
        batches: (options) =>
          options?.maxInFlight === 1 ? batchesOfOne(good, (again) => again()) : good.batches(options),
      }),
    },
    [['bears an ack', '2 batches came for one that was acknowledged twice']],
  ],
  [
    'throws at an ack() that comes late',
    {
      face: (good) => ({
        batches: (options) => {
          let isOver = false
          return good.batches(options).pipe(
            finalize(() => (isOver = true)),
            map((batch) => ({ ...batch, ack: () => (isOver ? cannotGoOn() : batch.ack()) })),
          )
        },
      }),
    },
    [['bears an ack', 'it is over']],
  ],
  [
    'says nothing of what has no room',
    {
      emit: (run, values) => {
        if (run.hasRoom) run.emit(values)
      },
    },
    [['loses nothing in silence', '4 values were lost, and no problem told of it']],
  ],
  [
    'drops although it can wait',
    {},
    [['loses nothing in silence', '4 values were lost, and it can wait for room']],
    { canWait: true },
  ],
  [
    'hands on the same array again and again',
    {
      emit: (run, values) => {
        buffer.splice(0, buffer.length, ...values)
        run.emit(buffer)
      },
    },
    [['changes nothing', 'a batch was [ 1, 2 ] when it came, and [ 3, 4 ] later']],
  ],
  [
    'waits until all its subscribers have room',
    {
      emit: (run, values, runs) => {
        if ([...runs].every(({ hasRoom }) => hasRoom)) run.emit(values)
        else run.report('overflow', 'one of them has no room')
      },
    },
    [['lets no subscriber wait', '0 came, of 2 waited for']],
  ],
  [
    'ends for all when one leaves',
    {
      start: (run, open, runs) => {
        open(1)
        return () => {
          open(-1)
          for (const other of runs) other.complete()
        }
      },
    },
    [['lets no subscriber wait', '2 came before it completed, of 3 waited for']],
  ],
  [
    'emits for ever in one turn where it is used as values',
    { start: pulling },
    [['lets others work', 'it emitted 10000 values and let nothing else happen']],
    { send: undefined, spoil: undefined },
  ],
  [
    'emits for ever in one turn and never looks whether anybody is there',
    {
      start: pulling,
      values: () =>
        new Observable((subscriber) => {
          for (;;) subscriber.next(1)
        }),
    },
    [
      ['emits each value once', 'stats.samples is 0, and 10000 values came'],
      ['lets others work', 'it emitted 10000 values and let nothing else happen'],
    ],
    { send: undefined, spoil: undefined },
  ],
  [
    'takes a maxInFlight of nothing',
    { face: (good) => ({ batches: (options) => good.batches(options?.maxInFlight === 0 ? {} : options) }) },
    [['refuses a maxInFlight', 'it took maxInFlight: 0']],
  ],
  [
    'ends with bad data',
    { spoil: (run) => run.fail(new Error('it cannot be read')) },
    [['tells of what it cannot read', 'it ended with an error: it cannot be read']],
  ],
  [
    'passes over bad data in silence',
    { spoil: () => undefined },
    [['tells of what it cannot read', '0 came, of 1 waited for']],
  ],
  [
    'tells of bad data without saying how much',
    { face: ({ problems }) => ({ problems: problems.pipe(map((problem) => ({ ...problem, count: 0 }))) }) },
    [['tells of what it cannot read', 'a problem lacks type, from, reason, message, time or count']],
  ],
]

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

describe.concurrent('a source', () => {
  it('that drops and tells what has no room keeps every promise', async () => {
    expect(await failuresOf()).toEqual([])
  })

  it.each(controls.map((control) => ({ name: control[0], control })))(
    'that $name breaks just that promise',
    async ({ control: [, fault, broken, subject] }) => {
      const sentences = broken.map(([promise, seen]): unknown =>
        expect.stringMatching(new RegExp(`^${escaped(promise)}.*${escaped(seen)}`)),
      )
      expect(await failuresOf(fault, subject)).toEqual(sentences)
    },
  )
})

describe('the faults', () => {
  it('break every promise that there is', () => {
    const broken = controls.flatMap(([, , all]) => all.map(([promise]) => promise))
    const names = Object.keys(promises)
    expect(names.filter((name) => !broken.some((start) => `${name}: `.startsWith(start)))).toEqual([])
  })
})
