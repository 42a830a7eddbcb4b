import type { SchedulerLike, Subscription } from 'rxjs'

/** How often a full disk is looked at, ms. */
const lookAgainMs = 1000

/** Waits for room: until something is removed, and looks once a second. At most one action is scheduled. */
export interface RoomWatch {
  readonly stopped: boolean
  /** Something may have changed. */
  notify(): void
  /** Does this, then waits for the next {@link RoomWatch.notify} unless one came meanwhile. */
  waitAfter(work: () => Promise<void>): Promise<void>
  /** Looks once, a second from now. */
  lookLater(): void
  stop(): void
}

/** `look`: where nobody waits. */
export function createRoomWatch(scheduler: SchedulerLike, look: () => Promise<void>): RoomWatch {
  let changes = 0
  let stopped = false
  let looking: Subscription | undefined
  let wake: (() => void) | undefined

  const notify = (): void => {
    changes += 1
    wake?.()
  }
  return {
    get stopped() {
      return stopped
    },
    notify,
    waitAfter: async (work) => {
      const before = changes
      await work()
      if (changes !== before) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      wake = undefined
    },
    lookLater: () => {
      if (stopped) return
      looking ??= scheduler.schedule(() => {
        looking = undefined
        if (wake === undefined) void look()
        else notify()
      }, lookAgainMs)
    },
    stop: () => {
      stopped = true
      looking?.unsubscribe()
      notify()
    },
  }
}
