// The server's time by this computer's monotonic clock, which nobody sets.
import { age } from '../words/times.js'

/** Of so many messages the one that took least is believed. */
const messages = 6
/** A step of the one clock that the other did not make, ms: the computer slept, or its clock was set. */
const stepMs = 5000

/** Beyond this the page says that the clocks differ, ms. */
const hintMs = 5000

export function createClock({ wall = () => Date.now(), monotonic = () => performance.now() } = {}) {
  let offsets = []
  let slept = 0
  let isOld = false
  let lastWall = wall()
  let lastMark = monotonic()

  return {
    /** The server said that it is `serverNow`. */
    heard(serverNow) {
      // A delay makes the difference smaller, so that the largest is the nearest.
      offsets = [...(isOld ? [] : offsets), serverNow - monotonic()].slice(-messages)
      slept = 0
      isOld = false
      lastWall = wall()
      lastMark = monotonic()
    },
    /** What was heard so far counts until the next message only: it may be another server, or one whose clock was set. */
    forget() {
      isOld = true
    },
    /** Each second; tells whether the two clocks of this computer went apart, as they do when it sleeps. */
    tick() {
      const step = wall() - lastWall - (monotonic() - lastMark)
      lastWall = wall()
      lastMark = monotonic()
      if (Math.abs(step) < stepMs) return false
      // The monotonic clock may stand while the computer sleeps; what is too old rather than too new is the safe mistake.
      if (step > 0) slept += step
      isOld = true
      return true
    },
    /** `undefined` before the first message. */
    now() {
      return offsets.length === 0 ? undefined : Math.max(...offsets) + slept + monotonic()
    },
    /** How far this computer's clock is ahead of the server's, ms. */
    aheadMs() {
      const now = this.now()
      return now === undefined ? undefined : wall() - now
    },
  }
}

/** What is said of the two clocks; `undefined` where they agree. */
export function clockHint(aheadMs) {
  if (aheadMs === undefined || Math.abs(aheadMs) <= hintMs) return undefined
  const side = aheadMs > 0 ? 'ahead of' : 'behind'
  return `Times are the observatory’s. This computer’s clock is ${age(Math.abs(aheadMs))} ${side} it.`
}
