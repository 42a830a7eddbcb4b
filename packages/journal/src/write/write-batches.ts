import type { Batch } from '@tocsin/core'
import { isBatch } from '@tocsin/core'
import type { Observable, OperatorFunction, SchedulerLike } from 'rxjs'
import { firstValueFrom, merge, ReplaySubject, timer } from 'rxjs'

import { backOffMs, defaultBackOff } from '@tocsin/core/back-off'
import { messageOf } from '../errors.ts'
import { badOption } from '../options.ts'
import type { WriteResult } from '../types.ts'
import type { WriteGroup } from './write-group.ts'
import { isHeld, merged } from './write-group.ts'
import type { WriteTarget } from './write-operator.ts'
import { writeGroups } from './write-operator.ts'

/** What holding batches needs besides. */
export interface HoldingTarget<T> extends WriteTarget<T> {
  readonly scheduler: SchedulerLike
  /** Emits when the journal is about to be closed, also to whoever comes later. */
  readonly closing: Observable<void>
}

/** Groups of batches, held until they are written, and then acknowledged. */
export function writeBatches<T>(target: HoldingTarget<T>): OperatorFunction<Batch<T>, WriteResult> {
  return writeGroups(target, (subscriber) => {
    const left = new ReplaySubject<void>(1)
    let waiting: Batch<T>[] = []
    subscriber.add(() => left.next())

    const hold = async (error: unknown, attempt: number, records: number): Promise<void> => {
      const delayMs = backOffMs(defaultBackOff, attempt, () => 1)
      target.report({ reason: 'attempt-failed', message: held(error, records, delayMs) })
      await firstValueFrom(merge(timer(delayMs, target.scheduler), target.closing, left), { defaultValue: 0 })
      target.refuseWhenClosed()
    }
    /** Until all of it is durable or refused by the codec; nothing when nobody waits for it any more. */
    const keep = async (group: WriteGroup<T>): Promise<readonly WriteResult[]> => {
      for (let attempt = 1; !subscriber.closed || attempt === 1; attempt += 1) {
        await group.write((frames) => target.enqueue(frames))
        if (group.failure === undefined || !isHeld(group.failure)) return group.results()
        // Counted as lost when they failed, and are not.
        target.dropped(-group.failed)
        await hold(group.failure, attempt, group.failed)
      }
      throw abandoned
    }
    /** So much at a time as may wait. */
    const keepAll = async (batches: readonly Batch<T>[]): Promise<readonly WriteResult[]> => {
      const results: WriteResult[] = []
      let group = target.newGroup()
      const next = async (): Promise<void> => {
        for (const result of await keep(group)) results.push(result)
        group = target.newGroup()
      }
      for (const { values } of batches) {
        for (const value of values) {
          if (!group.add(value)) target.dropped(1)
          if (group.bytes >= target.maxPendingBytes) await next()
        }
      }
      if (group.size > 0) await next()
      return merged(results)
    }
    return {
      take: (batch) => {
        if (!isBatch(batch))
          throw badOption('writeBatches() takes batches { values, ack() }; write() takes values')
        waiting.push(batch)
      },
      waits: () => waiting.length > 0,
      write: async (tell) => {
        const batches = waiting
        waiting = []
        const results = await keepAll(batches)
        for (const batch of batches) batch.ack()
        for (const result of results) tell(result)
      },
    }
  })
}

/** Told to nobody: the subscription is over. */
const abandoned = new Error('nobody waits for these batches any more; they come again')

const held = (error: unknown, records: number, delayMs: number): string =>
  `${records} records in batches are not written and held: ${messageOf(error)}; tried again in ${delayMs} ms`
