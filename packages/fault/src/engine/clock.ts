import { sayMs } from '../sentences/say-time.ts'
import type { EngineState } from './state/state.ts'

/** A clock that goes back by less is taken as standing still, ms. */
const jitterMs = 1000

/** Time goes on by this much where the clock was set, so that no sample of after has the time of one before. */
const afterMs = 1

/** The monitor's time of wall clock `now`: it never goes back, whatever is done to the clock. */
export function tick(state: EngineState, now: number): number {
  // What is no time is none; Infinity is for whoever asks for all that is left.
  if (!Number.isFinite(now)) return state.now
  const time = now + state.shift
  if (time >= state.now) {
    state.now = time
    return time
  }
  const back = state.now - time
  if (back <= jitterMs) return state.now
  state.shift += back + afterMs
  state.now += afterMs
  tellClock(state, `the clock was set back by ${sayMs(back)}; silences and holds go on as if it had not been`)
  return state.now
}

/** Nobody watched since the last call, or the clock was set forward: that time does not count. */
export function skip(state: EngineState, now: number): void {
  if (state.now === -Infinity || !Number.isFinite(now)) return
  const gap = now + state.shift - state.now
  if (gap <= afterMs) return
  state.unwatchedFrom = state.now - state.shift
  state.shift -= gap - afterMs
  state.now += afterMs
  state.resumedAt = state.now
  tellClock(
    state,
    `nobody watched for ${sayMs(gap)}, or the clock was set forward; silences and holds do not count it`,
  )
}

function tellClock({ problems }: EngineState, message: string): void {
  problems.push({ reason: 'clock', message, count: 1 })
}
