import { PassThrough } from 'node:stream'

import { NEVER, of, Subject, throwError, timer, VirtualTimeScheduler } from 'rxjs'
import { ignoreElements } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { LinkRefusal } from '../src/link/tls/refusal.ts'
import type { Redialing } from '../src/link/machines/redial.ts'
import { redial } from '../src/link/machines/redial.ts'

/** Each attempt holds so long, in ms; -1 is refused. Gives the waits. */
function waits(
  holds: readonly number[],
  options: { random?: () => number; stop$?: Subject<void> } = {},
): { waited: number[]; attempts: () => number; run: (ms: number) => void; end: () => string } {
  const scheduler = new VirtualTimeScheduler(undefined, Infinity)
  const waited: number[] = []
  let attempts = 0
  let end = 'open'
  const { random = () => 1, stop$ = NEVER } = options
  const redialing: Redialing<never> = {
    connection: { minDelayMs: 250, maxDelayMs: 30_000, healthyMs: 10_000, random, scheduler },
    open: () => {
      const hold = holds[attempts] ?? -1
      attempts += 1
      if (hold < 0) return throwError(() => new LinkRefusal('unreachable', 'it cannot be reached'))
      return of({ duplex: new PassThrough(), peer: String(hold) })
    },
    use: ({ peer }) => timer(Number(peer), scheduler).pipe(ignoreElements()),
    stop$,
    dialing: () => undefined,
    refused: () => undefined,
    waiting: (inMs) => waited.push(inMs),
  }
  const subscription = redial(redialing).subscribe({ complete: () => (end = 'complete') })
  const run = (ms: number): void => {
    scheduler.maxFrames = ms
    scheduler.flush()
  }
  return { waited, attempts: () => attempts, run, end: () => (subscription.closed ? end : 'open') }
}

describe('dialing again', () => {
  it('waits up to twice as long after each failure, and never more than half a minute', () => {
    const dialing = waits([])
    dialing.run(150_000)
    expect(dialing.waited.slice(0, 9)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('begins anew behind a connection that held for ten seconds, and not behind one that broke at once', () => {
    const dialing = waits([-1, -1, 10_000, -1, 9999, -1])
    dialing.run(60_000)
    expect(dialing.waited.slice(0, 6)).toEqual([250, 500, 250, 500, 1000, 2000])
  })

  it('takes a random part of the wait, also none of it', () => {
    const parts = [0, 0.5, 0.25]
    const dialing = waits([], { random: () => parts.shift() ?? 1 })
    dialing.run(3000)
    expect(dialing.waited.slice(0, 4)).toEqual([0, 250, 250, 2000])
  })

  it('ends when it is to stop, also within a wait', () => {
    const stop$ = new Subject<void>()
    const dialing = waits([], { stop$ })
    dialing.run(1000)
    const attempts = dialing.attempts()
    stop$.next()
    expect(dialing.end()).toBe('complete')
    dialing.run(100_000)
    expect(dialing.attempts()).toBe(attempts)
  })
})
