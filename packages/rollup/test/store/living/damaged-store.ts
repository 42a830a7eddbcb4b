import type { Duration, Sample } from '@tocsin/core'

import type { MemoryFileSystem } from '../../../src/testing/index.ts'
import { day, hour, minute, sample } from '../../support/samples.ts'
import { fullDays } from './any-life.ts'
import { differences } from './differences.ts'
import { directory, LivingStore } from './living-store.ts'

/** A store with two segments of a few windows, and a log of what is in none; with a full day, that is sealed. Loads are `more` than usual. */
export async function filledStore(
  isFull: boolean,
  more = 0,
): Promise<LivingStore & { readonly samples: readonly Sample[] }> {
  const first = [
    ...(isFull ? fullDays(1) : []),
    ...Array.from({ length: 12 }, (_, at) => sample('load', at * 20_000, at / 10 + more)),
    ...Array.from({ length: 12 }, (_, at) => sample('sent', at * 20_000, (at * 7) % 30, 'counter')),
    ...['up', 'down', 'up'].map((value, at) => sample('said', at * minute, value, 'text')),
    sample('took', 10_000, 1 / 3, 'observation', { weight: 2 }),
    sample('load', hour, 1),
  ]
  const second = [
    sample('load', 30_000, 8),
    sample('took', 11_000, 2, 'observation'),
    // Of a day that is not sealed: its segment stays.
    sample('load', day + 5 * minute, 3),
    sample('load', 2 * day, 2),
  ]
  const third = [sample('took', 2 * day, 3, 'observation'), sample('load', 2 * day + 1, 4)]
  const living = new LivingStore({ rawHorizonMs: hour })
  await living.open()
  const samples: Sample[] = []
  for (const some of [first, second, third]) {
    samples.push(...some)
    await living.writeRest(samples)
    if (some !== third) await living.store.flush()
  }
  // It ends as a process does that is killed.
  living.memory = living.memory.processKill()
  return Object.assign(living, { samples })
}

export const filesOf = async (memory: MemoryFileSystem): Promise<readonly string[]> => memory.list(directory)

/** What is wrong and not told after a change of the files: nothing is, where damage is found or its samples are asked for again. */
export async function untold(
  memory: MemoryFileSystem,
  samples: readonly Sample[],
  periods: readonly Duration[] = ['1m', '1h'],
): Promise<{
  readonly wrong: readonly string[]
  readonly problems: readonly string[]
  /** Its position is before the end: the journal gives the samples again. */
  readonly isMissing: boolean
}> {
  const living = new LivingStore({ rawHorizonMs: hour })
  living.memory = memory
  const store = await living.open()
  const asked = { to: 3 * day, periods, values: ['count', 'sum', 'last', 'increase'] } as const
  const isMissing = (store.position?.seq ?? 0) < samples.length
  const { wrong } = await differences(store, samples, { ...asked, mayBeInexact: true })
  const { problems } = living
  const isTold = problems.length > 0 || isMissing
  // It goes on, whatever it lost.
  await living.writeRest(samples)
  await store.flush()
  await store.close()
  return { wrong: isTold ? [] : wrong, problems, isMissing }
}

/** The store with one bit of a file flipped. */
export function flipped(memory: MemoryFileSystem, name: string, at: number): MemoryFileSystem {
  const copy = memory.processKill()
  const bytes = copy.contents(`${directory}/${name}`)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
  return copy
}
