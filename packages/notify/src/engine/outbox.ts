import type { Notification } from '../render/notification.ts'
import { alertKey } from '../model/signal.ts'
import type { TimerQueue } from './timer-queue.ts'

/** A planned notification on its way. */
export interface Delivery {
  readonly notification: Notification
  /** Attempts since the start of the program. */
  attempts: number
  /** An attempt may have arrived although it seemed to fail, or although nobody waited for its answer. */
  unsure: boolean
}

/** What one notifier has to send. One attempt at a time; of one rule set and series one episode after the other. */
interface Lane {
  /** Those that may be sent now, the one that is being sent among them. */
  readonly ready: Set<Delivery>
  /** Per rule set and series those that are planned; only the first of them is ready or waits for its retry. */
  readonly chains: Map<string, Delivery[]>
  sending: Delivery | undefined
  pausedUntil: number
}

/** Everything that is planned and not settled, by target. */
export interface Outbox {
  readonly size: number
  /** Queues a notification behind those of the same alert. `restored` ones may have been sent before. */
  add(notification: Notification, restored: boolean): void
  /** What the target is sending. */
  sending(target: string): Delivery | undefined
  /** The attempt is over; the delivery keeps its place until it is settled or shelved. */
  release(target: string): void
  /** Takes a delivery out of the way until a moment. */
  shelve(delivery: Delivery, until: number): void
  /** A shelved delivery may be tried again. */
  wake(id: string): void
  /** Rests a target. */
  pause(target: string, until: number): void
  /** The delivery is over; the next of the same alert becomes ready. */
  settle(delivery: Delivery): void
  /** Starts what may start: one attempt for each target that is idle and not paused. */
  start(now: number): readonly Delivery[]
}

/** An empty outbox for these targets. Retries and pauses are timers in `timers`. */
export function createOutbox(targets: Iterable<string>, timers: TimerQueue, sendTimeoutMs: number): Outbox {
  const lanes = new Map<string, Lane>()
  for (const target of targets) {
    lanes.set(target, { ready: new Set(), chains: new Map(), sending: undefined, pausedUntil: -Infinity })
  }
  const deliveries = new Map<string, Delivery>()
  const laneOf = (target: string): Lane => {
    const lane = lanes.get(target)
    if (lane === undefined) throw new RangeError(`no lane for the target ${target}`)
    return lane
  }

  return {
    get size() {
      return deliveries.size
    },
    add: (notification, restored) => {
      const delivery = { notification, attempts: 0, unsure: restored }
      deliveries.set(notification.id, delivery)
      enqueue(laneOf(notification.target), delivery)
    },
    sending: (target) => laneOf(target).sending,
    release: (target) => {
      laneOf(target).sending = undefined
      timers.set('send', target, undefined)
    },
    shelve: (delivery, until) => {
      laneOf(delivery.notification.target).ready.delete(delivery)
      timers.set('retry', delivery.notification.id, until)
    },
    wake: (id) => {
      const delivery = deliveries.get(id)
      if (delivery !== undefined) laneOf(delivery.notification.target).ready.add(delivery)
    },
    pause: (target, until) => {
      const lane = laneOf(target)
      lane.pausedUntil = Math.max(lane.pausedUntil, until)
      timers.set('lane', target, lane.pausedUntil)
    },
    settle: (delivery) => {
      deliveries.delete(delivery.notification.id)
      dequeue(laneOf(delivery.notification.target), delivery)
    },
    start: (now) => {
      const started: Delivery[] = []
      for (const [target, lane] of lanes) {
        const [next] = lane.ready
        if (next === undefined || lane.sending !== undefined || now < lane.pausedUntil) continue
        lane.sending = next
        next.attempts += 1
        timers.set('send', target, now + sendTimeoutMs)
        started.push(next)
      }
      return started
    },
  }
}

const chainKey = ({ notification: { ruleSet, series } }: Delivery): string => alertKey(ruleSet, series)

function enqueue(lane: Lane, delivery: Delivery): void {
  const chain = lane.chains.get(chainKey(delivery))
  if (chain !== undefined) {
    const last = chain.findLastIndex(({ notification }) => notification.alert === delivery.notification.alert)
    chain.splice(last < 0 ? chain.length : last + 1, 0, delivery)
    return
  }
  lane.chains.set(chainKey(delivery), [delivery])
  lane.ready.add(delivery)
}

function dequeue(lane: Lane, delivery: Delivery): void {
  lane.ready.delete(delivery)
  const chain = lane.chains.get(chainKey(delivery))
  chain?.shift()
  const next = chain?.[0]
  if (next === undefined) lane.chains.delete(chainKey(delivery))
  else lane.ready.add(next)
}
