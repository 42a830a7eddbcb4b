import { EMPTY, NEVER, Observable, Subject, from, of, range, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { bounded } from '../src/rx/bounded.ts'
import { iterateBatches } from '../src/rx/iterate-batches.ts'

const over = { done: true, value: undefined }

/** A source like a subscriber of a journal: numbers, while fewer than `maxInFlight` are not acknowledged. */
function credited(maxInFlight: number, last = Infinity) {
  const state = { emitted: 0, acked: 0, subscribed: 0, unsubscribed: 0 }
  const batches$ = new Observable<{ readonly id: number; ack(): void }>((observer) => {
    state.subscribed += 1
    const ackOf = (id: number) => () => {
      state.acked = Math.max(state.acked, id)
      pump()
    }
    const pump = (): void => {
      while (!observer.closed && state.emitted < last && state.emitted - state.acked < maxInFlight) {
        state.emitted += 1
        observer.next({ id: state.emitted, ack: ackOf(state.emitted) })
      }
      if (state.acked === last) observer.complete()
    }
    pump()
    return () => {
      state.unsubscribed += 1
    }
  })
  return { batches$, state }
}

/** Lets everything that is due happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

describe('iterateBatches()', () => {
  it('hands every batch to the loop, which ends when the stream completes', async () => {
    const { batches$, state } = credited(4, 1000)
    let sum = 0
    for await (const batch of iterateBatches(batches$)) {
      sum += batch.id
      batch.ack()
    }
    expect(sum).toBe(500_500)
    expect(state).toMatchObject({ subscribed: 1, unsubscribed: 1 })
  })

  it('never gets ahead of the loop by more than is let out', async () => {
    const { batches$, state } = credited(3, 50)
    for await (const batch of iterateBatches(batches$)) {
      expect(state.emitted - batch.id).toBeLessThan(3)
      await settle()
      expect(state.emitted - batch.id).toBeLessThan(3)
      batch.ack()
    }
    expect(state.acked).toBe(50)
  })

  it('does not take moving on for an acknowledgement', async () => {
    const { batches$, state } = credited(2)
    const iterator = iterateBatches(batches$)
    await iterator.next()
    const second = await iterator.next()
    let third: unknown = 'waits'
    void iterator.next().then((result) => (third = result.value?.id))
    await settle()
    expect(third).toBe('waits')
    expect(state).toMatchObject({ emitted: 2, acked: 0 })
    second.value?.ack()
    await settle()
    expect(third).toBe(3)
  })

  it('subscribes with the first next()', async () => {
    const { batches$, state } = credited(1)
    const iterator = iterateBatches(batches$)
    await settle()
    expect(state.subscribed).toBe(0)
    await Promise.all([
      iterator.next(),
      iterator.next().then(
        () => undefined,
        () => undefined,
      ),
      iterator.return?.(),
    ])
    expect(state.subscribed).toBe(1)
  })

  it('unsubscribes when the loop is left, and acknowledges nothing by it', async () => {
    const { batches$, state } = credited(4)
    for await (const batch of iterateBatches(batches$)) if (batch.id === 2) break
    expect(state).toMatchObject({ unsubscribed: 1, acked: 0 })
  })

  it('unsubscribes when the loop throws', async () => {
    const { batches$, state } = credited(4)
    const loop = async (): Promise<void> => {
      for await (const { id } of iterateBatches(batches$)) throw new Error(`at ${id}`)
    }
    await expect(loop()).rejects.toThrow('at 1')
    expect(state.unsubscribed).toBe(1)
  })

  it('answers next() calls in the order in which they were made, however many wait', async () => {
    const source = new Subject<number>()
    const iterator = iterateBatches(source)
    const answers = Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
    for (const value of [1, 2, 3]) source.next(value)
    source.complete()
    expect(await answers).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: false, value: 3 },
      over,
    ])
    expect(await iterator.next()).toEqual(over)
  })

  it('ends next() calls that wait when return() is called, and every one after', async () => {
    const source = new Subject<number>()
    const iterator = iterateBatches(source)
    const waiting = [iterator.next(), iterator.next()]
    expect(await iterator.return?.()).toEqual(over)
    expect(await Promise.all(waiting)).toEqual([over, over])
    expect(source.observed).toBe(false)
    expect(await iterator.next()).toEqual(over)
    expect(source.observed).toBe(false)
  })

  it('does not subscribe after a return() that came first', async () => {
    const { batches$, state } = credited(1)
    const iterator = iterateBatches(batches$)
    await iterator.return?.()
    expect(await iterator.next()).toEqual(over)
    expect(state.subscribed).toBe(0)
  })

  it('lets go of what it holds when return() is called', async () => {
    const iterator = iterateBatches(of(1, 2, 3))
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    await iterator.return?.()
    expect(await iterator.next()).toEqual(over)
  })

  it('ends and rejects with what is given to throw()', async () => {
    const source = new Subject<number>()
    const iterator = iterateBatches(source)
    const waiting = iterator.next()
    await expect(iterator.throw?.(new Error('given'))).rejects.toThrow('given')
    expect(await waiting).toEqual(over)
    expect(source.observed).toBe(false)
  })

  it('throws the error of the stream once, after what came before it', async () => {
    const source = new Subject<number>()
    const iterator = iterateBatches(source)
    const waiting = iterator.next()
    for (const value of [1, 2]) source.next(value)
    source.error(new Error('source'))
    expect(await waiting).toEqual({ done: false, value: 1 })
    expect(await iterator.next()).toEqual({ done: false, value: 2 })
    await expect(iterator.next()).rejects.toThrow('source')
    expect(await iterator.next()).toEqual(over)
  })

  it('throws the error of the stream to the first that waits, and ends the others', async () => {
    const source = new Subject<number>()
    const iterator = iterateBatches(source)
    const waiting = [iterator.next(), iterator.next()]
    source.error(new Error('source'))
    const [one, two] = await Promise.allSettled(waiting)
    expect(one).toEqual({ status: 'rejected', reason: new Error('source') })
    expect(two).toEqual({ status: 'fulfilled', value: over })
  })

  it('ends with an empty stream, throws an early error, and waits with one that never emits', async () => {
    expect(await iterateBatches(EMPTY).next()).toEqual(over)
    await expect(iterateBatches(throwError(() => new Error('early'))).next()).rejects.toThrow('early')
    let answered = false
    const silent = iterateBatches(NEVER)
    void silent.next().then(() => (answered = true))
    await settle()
    expect(answered).toBe(false)
    await silent.return?.()
  })

  it('keeps two loops over one stream apart', async () => {
    const { batches$, state } = credited(10, 3)
    const one = iterateBatches(batches$)
    expect((await one.next()).value?.id).toBe(1)
    const two = iterateBatches(from(['x', 'y']))
    expect((await two.next()).value).toBe('x')
    expect((await one.next()).value?.id).toBe(2)
    await two.return?.()
    expect((await one.next()).value?.id).toBe(3)
    expect(state.subscribed).toBe(1)
  })

  it('is an iterator and something to iterate over, and takes batches of a live branch', async () => {
    const iterator = iterateBatches(range(1, 6).pipe(bounded({ max: 3 })))
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator)
    const seen: unknown[] = []
    for await (const batch of iterator) {
      seen.push([batch.values, batch.dropped])
      batch.ack()
    }
    expect(seen).toEqual([
      [[1], 0],
      [[4, 5, 6], 2],
    ])
  })
})
