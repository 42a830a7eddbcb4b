import { inspect } from 'node:util'

import type { Batch } from '@tocsin/core'

import { expectThat, mostInOneTurn } from './source-scene.ts'
import type { Heard, SourceScene } from './source-scene.ts'

/** One promise: how it is seen to be kept, and without which means of the user's it cannot be. */
export interface SourcePromise {
  readonly needs?: 'spoil'
  readonly check: (scene: SourceScene) => Promise<void>
}

/** Later, as a sink that has something to do. */
const acknowledge = (batch: Batch<unknown>, heard: Heard<unknown>): void =>
  void setTimeout(() => {
    if (!heard.closed) batch.ack()
  })

const countOf = ({ values }: Heard<Batch<unknown>>): number =>
  values.reduce((sum, batch) => sum + batch.values.length, 0)

/** All promises of a source, by their sentences. */
export const promises: Readonly<Record<string, SourcePromise>> = {
  'starts nothing before it is subscribed to': {
    async check(scene) {
      const { source } = scene
      void source.batches()
      await scene.quiet()
      expectThat(source.stats.samples === 0, `it had counted ${source.stats.samples} values`)
      await scene.expectRunning(false, 'before it was subscribed to')
    },
  },

  'emits each value once, by itself or in a batch, and counts it': {
    async check(scene) {
      const { source } = scene
      const heard = scene.listen(source)
      await scene.send(3)
      await expectCounted(scene, heard, () => heard.values.length)
      heard.unsubscribe()
      const batches = scene.listen(source.batches(), acknowledge)
      await scene.send(3)
      await expectCounted(scene, batches, () => heard.values.length + countOf(batches))
    },
  },

  'stops when it is left': {
    async check(scene) {
      const heard = scene.listen(scene.source)
      await scene.send()
      await scene.until(1, heard)
      if (!heard.closed) await scene.expectRunning(true, 'while it is subscribed to')
      heard.unsubscribe()
      await scene.expectStopped()
    },
  },

  'stops when it is left in the middle of a batch': {
    async check(scene) {
      const heard = scene.listen(scene.source, (_, own) => own.unsubscribe())
      await scene.send()
      await scene.until(1, heard)
      await scene.expectStopped()
    },
  },

  'stops when it is left at once, and can be subscribed to again': {
    async check(scene) {
      scene.listen(scene.source).unsubscribe()
      await scene.expectStopped()
      const heard = scene.listen(scene.source)
      await scene.send()
      await scene.until(1, heard)
    },
  },

  'has values in every batch': {
    async check(scene) {
      const heard = scene.listen(scene.source.batches(), acknowledge)
      await scene.send(2)
      await scene.until(1, heard)
      await scene.quiet()
      const empty = heard.values.filter(({ values }) => values.length === 0)
      expectThat(empty.length === 0, `${empty.length} of ${heard.values.length} batches were empty`)
    },
  },

  'gives no more batches than maxInFlight that are not acknowledged, and goes on after ack()': {
    async check(scene) {
      const heard = scene.listen(scene.source.batches({ maxInFlight: 2 }))
      await scene.send(4)
      await scene.until(2, heard)
      await scene.quiet()
      const { length } = heard.values
      expectThat(length === 2, `${length} batches came unacknowledged, of at most 2`)
      heard.values[0]?.ack()
      // What could not wait was dropped, so that something new must come.
      await scene.send()
      await scene.until(3, heard)
    },
  },

  'bears an ack() that comes twice, and one that comes after it was left': {
    async check(scene) {
      const heard = scene.listen(scene.source.batches({ maxInFlight: 1 }))
      await scene.send()
      await scene.until(1, heard)
      heard.values[0]?.ack()
      heard.values[0]?.ack()
      await scene.send(3)
      await scene.until(2, heard)
      await scene.quiet()
      const { length } = heard.values
      expectThat(length === 2, `${length - 1} batches came for one that was acknowledged twice`)
      heard.unsubscribe()
      heard.values[1]?.ack()
      await scene.expectStopped()
    },
  },

  'loses nothing in silence: what has no room waits, or is dropped, counted and told': {
    async check(scene) {
      const { stats } = scene.source
      const told = scene.problems
      const heard = scene.listen(scene.source.batches({ maxInFlight: 1 }))
      await scene.send(3)
      await scene.until(1, heard)
      await scene.quiet()
      const sent = scene.sent() ?? 0
      let acked = 0
      const isAccountedFor = (): boolean =>
        countOf(heard) >= sent || told.values.length > 0 || (stats.dropped > 0 && scene.canWait)
      await scene.look(() => {
        const given = heard.values.slice(acked)
        acked += given.length
        if (!isAccountedFor()) for (const batch of given) batch.ack()
        return isAccountedFor()
      })
      const lost = Math.max(stats.dropped, sent - countOf(heard))
      if (scene.canWait) expectThat(lost === 0, `${lost} values were lost, and it can wait for room`)
      expectThat(lost === 0 || told.values.length > 0, `${lost} values were lost, and no problem told of it`)
    },
  },

  'changes nothing that it has handed on': {
    async check(scene) {
      const before: string[] = []
      const heard = scene.listen(scene.source.batches(), (batch, own) => {
        if (before.length < 10) before.push(show(batch.values))
        acknowledge(batch, own)
      })
      for (const count of [1, 2]) {
        await scene.send()
        await scene.until(count, heard)
      }
      await scene.quiet()
      for (const [at, then] of before.entries()) {
        const now = show(heard.values[at]?.values ?? [])
        expectThat(then === now, `a batch was ${then} when it came, and ${now} later`)
      }
    },
  },

  'lets no subscriber wait for another': {
    async check(scene) {
      const { source } = scene
      const idle = scene.listen(source.batches({ maxInFlight: 1 }))
      await scene.send()
      await scene.until(1, idle)
      const busy = scene.listen(source.batches(), acknowledge)
      await sendUntil(scene, 2, busy)
      // A port or a device that only one can have may be refused to the second, and is still the first one's.
      const isRefused = busy.failure !== undefined
      const last = isRefused ? idle : busy
      if (isRefused) idle.values[0]?.ack()
      else scene.expectCame(2, busy)
      if (!isRefused) idle.unsubscribe()
      const count = last.values.length + 1
      await sendUntil(scene, count, last)
      scene.expectCame(count, last)
    },
  },

  'lets others work while it emits': {
    async check(scene) {
      const heard = scene.listen(scene.source)
      await scene.send()
      await scene.look(() => heard.values.length > 0 || heard.closed)
      expectThat(!heard.isFlooded, `it emitted ${mostInOneTurn} values and let nothing else happen`)
    },
  },

  'refuses a maxInFlight of nothing at the call': {
    async check({ source }) {
      try {
        void source.batches({ maxInFlight: 0 })
      } catch {
        return
      }
      throw new Error('it took maxInFlight: 0')
    },
  },

  'tells of what it cannot read as a problem, and goes on': {
    needs: 'spoil',
    async check(scene) {
      const told = scene.problems
      const heard = scene.listen(scene.source)
      await scene.spoil()
      await scene.until(1, told, heard)
      for (const { type, from, reason, message, time, count } of told.values) {
        const isSaid = [from, reason, message].every((text) => typeof text === 'string' && text !== '')
        const isWhole = isSaid && (type as unknown) === 'problem' && Number.isFinite(time) && count >= 1
        expectThat(isWhole, 'a problem lacks type, from, reason, message, time or count')
      }
      await scene.send()
      await scene.until(1, heard)
    },
  },
}

/** All values that were sent have come in the end, no more of them, and just those are counted. */
async function expectCounted(
  scene: SourceScene,
  heard: Heard<unknown>,
  countNow: () => number,
): Promise<void> {
  const sent = scene.sent()
  await scene.look(() => heard.closed || countNow() >= (sent ?? 3))
  await scene.until(1, heard)
  await scene.quiet()
  const [{ samples }, count] = [scene.source.stats, countNow()]
  if (sent !== undefined) expectThat(count === sent, `${count} values came of ${sent} that were sent`)
  expectThat(samples === count, `stats.samples is ${samples}, and ${count} values came`)
}

/** Sends again and again: which of two a sender reaches is not known at once. */
async function sendUntil(scene: SourceScene, count: number, heard: Heard<unknown>): Promise<void> {
  let looks = 0
  await scene.look(async () => {
    if (heard.closed || heard.values.length >= count) return true
    if (looks % 20 === 0) await scene.send()
    looks += 1
    return false
  })
}

const show = (values: readonly unknown[]): string =>
  inspect(values, { depth: 8, breakLength: Infinity, maxArrayLength: 1000 })
