import fc from 'fast-check'
import type { Subscription } from 'rxjs'

import type { Gap, Journal, JournalBatch } from '../../src/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { newFileSystem, settle } from './journals.ts'

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'acknowledge'; readonly who: number }
  | { readonly kind: 'turn'; readonly who: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'kill' }

/** What happens to a journal that several follow. */
export interface FollowedProgram {
  readonly steps: readonly Step[]
  readonly tailBytes: number
  readonly maxBytes: number
}

const who = fc.nat({ max: 3 })

export const followedPrograms = (): fc.Arbitrary<FollowedProgram> =>
  fc.record({
    steps: fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('append' as const),
          sizes: fc.array(fc.constantFrom(1, 40, 700, 3000), { minLength: 1, maxLength: 6 }),
        }),
        fc.record({ kind: fc.constant('acknowledge' as const), who }),
        fc.record({ kind: fc.constant('turn' as const), who }),
        fc.record({ kind: fc.constant('wait' as const) }),
        fc.record({ kind: fc.constant('kill' as const) }),
      ),
      { minLength: 5, maxLength: 60 },
    ),
    tailBytes: fc.constantFrom(1, 3000, 8 * 1024 * 1024),
    maxBytes: fc.constantFrom(16 * 1024, 1024 * 1024),
  })

interface Follower {
  subscription: Subscription | undefined
  waiting: JournalBatch<string>[]
  nextSeq: number
}

/** Plays it; throws where a follower does not see every record once, in order, or a gap for what was evicted. */
export async function playFollowed(
  { steps, tailBytes, maxBytes }: FollowedProgram,
  openStrings: (
    fileSystem: MemoryFileSystem,
    options: { tailBytes: number; maxBytes: number; whenFull: 'drop-oldest' },
  ) => Promise<Journal<string>>,
): Promise<void> {
  let fileSystem = newFileSystem()
  const options = { tailBytes, maxBytes, whenFull: 'drop-oldest' } as const
  const open = async (): Promise<Journal<string>> => {
    const opened = await openStrings(fileSystem, options)
    opened.problems.subscribe()
    return opened
  }
  let journal = await open()
  const values = new Map<number, string>()
  const seen: { readonly seq: number; readonly value: string }[] = []
  const gaps: Gap[] = []
  const faults: string[] = []
  const followers = Array.from({ length: 4 }, (): Follower => ({
    subscription: undefined,
    waiting: [],
    nextSeq: 1,
  }))
  let appended = 0

  const come = (follower: Follower, seq: number, through: number): void => {
    if (seq !== follower.nextSeq) faults.push(`${seq} came in place of ${follower.nextSeq}`)
    follower.nextSeq = through + 1
  }
  const take = (follower: Follower, batch: JournalBatch<string>): void => {
    for (const gap of batch.gaps) {
      come(follower, gap.fromSeq, gap.toSeq)
      gaps.push(gap)
    }
    batch.values.forEach((value, index) => {
      const seq = batch.position.firstSeq + index
      come(follower, seq, seq)
      seen.push({ seq, value })
    })
    follower.waiting.push(batch)
  }
  const subscribe = async (follower: Follower, index: number): Promise<void> => {
    const subscriber = await journal.subscriber(`follower ${index}`)
    follower.nextSeq = subscriber.ackedSeq + 1
    follower.subscription = subscriber.batches({ maxRecords: 2 + index, maxInFlight: 1 + index }).subscribe({
      next: (batch) => take(follower, batch),
      error: (error: unknown) => faults.push(String(error)),
    })
  }
  const leave = (follower: Follower): void => {
    follower.subscription?.unsubscribe()
    follower.subscription = undefined
    follower.waiting = []
  }
  const play = async (step: Step): Promise<void> => {
    if (step.kind === 'append') {
      for (const size of step.sizes) {
        const value = `${appended++}`.padEnd(size, '.')
        const { lastSeq } = await journal.append(value)
        values.set(lastSeq, value)
      }
    } else if (step.kind === 'wait') await settle()
    else if (step.kind === 'kill') {
      await settle()
      const active = followers.map(({ subscription }) => subscription !== undefined)
      followers.forEach(leave)
      fileSystem = fileSystem.processKill()
      journal = await open()
      for (const [index, follower] of followers.entries()) if (active[index]) await subscribe(follower, index)
    } else {
      const follower = followers[step.who]
      if (follower === undefined) return
      if (step.kind === 'acknowledge') for (const batch of follower.waiting.splice(0)) batch.ack()
      else if (follower.subscription === undefined) await subscribe(follower, step.who)
      else leave(follower)
    }
  }
  for (const [index, follower] of followers.entries()) await subscribe(follower, index)
  await settle()
  for (const step of steps) await play(step)
  for (const [index, follower] of followers.entries()) {
    if (follower.subscription === undefined) await subscribe(follower, index)
  }
  for (let round = 0; round < 1000 && followers.some(({ nextSeq }) => nextSeq <= appended); round += 1) {
    await settle()
    for (const { waiting } of followers) for (const batch of waiting.splice(0)) batch.ack()
  }
  for (const { nextSeq } of followers)
    if (nextSeq !== appended + 1) faults.push(`it ended at ${nextSeq} of ${appended}`)
  for (const { seq, value } of seen)
    if (values.get(seq) !== value) faults.push(`${seq} is not what was appended`)
  for (const { fromSeq, toSeq, reason } of gaps) {
    if (reason !== 'evicted' || maxBytes > 16 * 1024) faults.push(`${fromSeq} to ${toSeq}: ${reason}`)
  }
  followers.forEach(leave)
  await journal.close()
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('; '))
}
