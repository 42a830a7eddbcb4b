import {
  asyncScheduler,
  concat,
  debounceTime,
  delay,
  EMPTY,
  from,
  interval,
  last,
  map,
  merge,
  NEVER,
  of,
  range,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs'
import type { Observable, OperatorFunction } from 'rxjs'
import { expect, it } from 'vitest'

import type { Batch } from '../../src/batch.ts'
import { inEventTime } from '../../src/time/in-event-time.ts'
import type { Timed } from '../../src/time/in-event-time.ts'

const at = (time: number): { readonly time: number } => ({ time })
const heard = <T>(stream: Observable<T>): readonly (T | string)[] => {
  const events: (T | string)[] = []
  stream.subscribe({
    next: (value) => void events.push(value),
    error: (error: unknown) =>
      void events.push(`error ${String((error as { code?: unknown }).code ?? error)}`),
    complete: () => void events.push('end'),
  })
  return events
}
const presents: OperatorFunction<unknown, number> = map(() => asyncScheduler.now())

it('gives each value to the chain at its time, and leaves the time around it alone', () => {
  const outside: number[] = []
  const before = Date.now()
  const inside = heard(
    from([at(1000), at(5000)]).pipe(
      inEventTime(presents),
      map((time) => {
        outside.push(asyncScheduler.now())
        return time
      }),
    ),
  )
  expect(inside).toEqual([1000, 5000, 'end'])
  expect(outside.every((time) => time >= before)).toBe(true)
  expect(Object.hasOwn(asyncScheduler, 'schedule')).toBe(true)
  expect(asyncScheduler.now()).toBeGreaterThanOrEqual(before)
})

it('lets what is due happen at its own moment, before the value that comes later', () => {
  const quiet = inEventTime<{ time: number }, readonly [number, number]>((values) =>
    values.pipe(
      debounceTime(1000),
      map(({ time }) => [time, asyncScheduler.now()] as const),
    ),
  )
  expect(heard(from([at(0), at(500), at(9000)]).pipe(quiet))).toEqual([[500, 1500], [9000, 9000], 'end'])
})

it('goes on after the last value until the chain completes', () => {
  expect(heard(of(at(0)).pipe(inEventTime((values) => values.pipe(delay(60_000), presents))))).toEqual([
    60_000,
    'end',
  ])
})

it('refuses a chain that never ends after its source has', () => {
  const chain = inEventTime<{ time: number }, unknown>((values) =>
    merge(values, interval(1).pipe(map(() => 0))),
  )
  expect(heard(of(at(0)).pipe(chain)).at(-1)).toBe('error EVENT_TIME_ENDLESS')
})

it('never goes back, and a value without a time leaves the clock where it is', () => {
  expect(heard(from([at(10), at(5), at(NaN), at(20)]).pipe(inEventTime(presents)))).toEqual([
    10,
    10,
    10,
    20,
    'end',
  ])
})

it('moves by the arrival of a value where that is another time than its own', () => {
  const late = { time: 1000, receivedAt: 4000 }
  expect(heard(from([at(0), late]).pipe(inEventTime(presents)))).toEqual([0, 4000, 'end'])
})

it('takes values of any shape with the time that is read of them', () => {
  const own = from([{ at: new Date(7) }])
  const chain = inEventTime<{ at: Date }, number>(presents, { timeOf: (value) => value.at.getTime() })
  expect(heard(own.pipe(chain))).toEqual([7, 'end'])
})

it('takes a chain that takes batches as well, and gives it values', () => {
  const seen: unknown[] = []
  const chain = tap((value: Timed | Batch<Timed>) => seen.push(value))
  from([{ values: [at(3), at(4)], ack: () => seen.push('ack') }, at(5)])
    .pipe(inEventTime(chain))
    .subscribe()
  expect(seen).toEqual([at(3), at(4), 'ack', at(5)])
})

it('acknowledges a batch when all its values are through', () => {
  const told: unknown[] = []
  const batch = { values: [at(1), at(2)], ack: () => void told.push('ack') }
  of(batch)
    .pipe(inEventTime(presents))
    .subscribe((time) => told.push(time))
  expect(told).toEqual([1, 2, 'ack'])
})

it('does not acknowledge a batch that its subscriber has left', () => {
  let acks = 0
  of({ values: [at(1), at(2)], ack: () => (acks += 1) })
    .pipe(inEventTime(presents), take(1))
    .subscribe()
  expect(acks).toBe(0)
})

it('passes on the end, the error and the silence of its source', () => {
  expect(heard(EMPTY.pipe(inEventTime(presents)))).toEqual(['end'])
  expect(heard(throwError(() => new Error('x')).pipe(inEventTime(presents)))).toEqual(['error Error: x'])
  expect(
    heard(
      concat(
        of(at(1)),
        throwError(() => new Error('x')),
      ).pipe(inEventTime(presents)),
    ),
  ).toEqual([1, 'error Error: x'])
  expect(heard(NEVER.pipe(inEventTime(presents)))).toEqual([])
})

it('passes on what the chain and the reading of a time throw, and gives the time back', () => {
  const broken: OperatorFunction<{ time: number }, never> = map(() => {
    throw new RangeError('no')
  })
  expect(heard(of(at(1)).pipe(inEventTime(broken)))).toEqual(['error RangeError: no'])
  const unreadable = inEventTime<{ time: number }, number>(presents, {
    timeOf: () => {
      throw new RangeError('none')
    },
  })
  expect(heard(of(at(1)).pipe(unreadable))).toEqual(['error RangeError: none'])
  expect(asyncScheduler.now()).toBeGreaterThan(1_000_000)
})

it('gives each subscriber a clock of its own, and stops its timers when it is left', () => {
  const source = new Subject<{ readonly time: number }>()
  const ticking = source.pipe(inEventTime(() => timer(0, 1000).pipe(presents)))
  const first: number[] = []
  const second: number[] = []
  const leaving = ticking.subscribe((time) => first.push(time))
  source.next(at(0))
  source.next(at(2000))
  ticking.subscribe((time) => second.push(time))
  leaving.unsubscribe()
  source.next(at(5000))
  source.next(at(6000))
  expect(first).toEqual([0, 1000, 2000])
  expect(second).toEqual([5000, 6000])
})

it('works within another event time', () => {
  const inner = inEventTime<{ time: number }, number>(presents, { timeOf: ({ time }) => time * 10 })
  const outer = inEventTime<{ time: number }, readonly (readonly [number, number])[]>((values) =>
    values.pipe(
      inner,
      map((time) => [time, asyncScheduler.now()] as const),
      toArray(),
    ),
  )
  expect(heard(from([at(1), at(2)]).pipe(outer))).toEqual([
    [
      [10, 1],
      [20, 2],
    ],
    'end',
  ])
})

it('lets a subscriber feed its source from within', () => {
  const source = new Subject<{ readonly time: number }>()
  const told: number[] = []
  source.pipe(inEventTime(presents)).subscribe((time) => {
    told.push(time)
    if (time < 3) source.next(at(time + 1))
  })
  source.next(at(1))
  expect(told).toEqual([1, 2, 3])
})

it('refuses what is no operator', () => {
  expect(() => inEventTime(undefined as never)).toThrow('EVENT_TIME_BAD_OPTION')
})

it('stops a source that brings all at once as soon as it is left', () => {
  const brought: number[] = []
  const source = range(0, 10).pipe(
    tap((time) => void brought.push(time)),
    map(at),
  )
  source
    .pipe(
      inEventTime((values) => values),
      take(1),
    )
    .subscribe()
  expect(brought).toEqual([0])
})

it('refuses a chain that goes on for ever at one moment, between two values', () => {
  const never = inEventTime<Timed, unknown>((values) =>
    merge(values, interval(0)).pipe(takeUntil(NEVER), last()),
  )
  expect(heard(of(at(0), at(1)).pipe(never))).toEqual(['error EVENT_TIME_ENDLESS'])
})

it('lets as many timers as there are series be due at one moment', () => {
  let rung = 0
  const ring = inEventTime<Timed, Timed>(tap(() => void asyncScheduler.schedule(() => (rung += 1), 10)))
  concat(range(0, 100_001).pipe(map(() => at(0))), of(at(10)))
    .pipe(ring, take(100_002))
    .subscribe()
  expect(rung).toBe(100_001)
})
