import { of, Subject, take } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Batch, BatchGap } from '../src/index.ts'
import { values } from '../src/index.ts'
import { newFileSystem, openStrings } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

const gap: BatchGap = { fromSeq: 3, toSeq: 4, reason: 'corrupt' }

function batch(acked: string[], all: readonly string[], gaps?: readonly BatchGap[]): Batch<string> {
  return { values: all, ack: () => void acked.push(all.join('')), ...(gaps && { gaps }) }
}

describe('values()', () => {
  it('gives the values of each batch, then acknowledges it', () => {
    const seen: string[] = []
    of(batch(seen, ['a', 'b']), batch(seen, []), batch(seen, ['c'], []))
      .pipe(values())
      .subscribe({ next: (value) => seen.push(`value ${value}`), complete: () => seen.push('end') })
    expect(seen).toEqual(['value a', 'value b', 'ab', '', 'value c', 'c', 'end'])
  })

  it('errors at a gap, after what came before it, and acknowledges nothing from there on', async () => {
    const acked: string[] = []
    const source = of(batch(acked, ['a']), batch(acked, ['b'], [gap]), batch(acked, ['c']))
    const seen: string[] = []
    const read = new Promise((resolve, reject) => {
      source
        .pipe(values())
        .subscribe({ next: (value) => seen.push(value), error: reject, complete: () => resolve(0) })
    })
    await expect(read).rejects.toMatchObject({
      code: 'JOURNAL_GAP',
      retryable: false,
      facts: gap,
      message: 'JOURNAL_GAP: records 3 to 4 are missing (corrupt); give onGap to go on without them',
    })
    expect([seen, acked]).toEqual([['a'], ['a']])
  })

  it('tells gaps to onGap, before the values behind them, and goes on', async () => {
    const told: unknown[] = []
    const source = of(batch([], ['a']), batch([], ['b'], [gap]), batch([], [], [gap, gap]))
    source.pipe(values({ onGap: (each) => told.push(each) })).subscribe((value) => told.push(value))
    expect(told).toEqual(['a', gap, 'b', gap, gap])
  })

  it('errors with what onGap throws', async () => {
    const onGap = (): never => {
      throw new Error('no')
    }
    await expect(collect(of(batch([], [], [gap])).pipe(values({ onGap })))).rejects.toThrow('no')
  })

  it('acknowledges no batch that was left in the middle, and one whose last value was given', async () => {
    const acked: string[] = []
    expect(await collect(of(batch(acked, ['a', 'b'])).pipe(values(), take(1)))).toEqual(['a'])
    expect(acked).toEqual([])
    expect(await collect(of(batch(acked, ['a', 'b'])).pipe(values(), take(2)))).toEqual(['a', 'b'])
    expect(acked).toEqual(['ab'])
  })

  it('leaves its source when it is unsubscribed, and passes its error on', () => {
    const source = new Subject<Batch<string>>()
    const errors: unknown[] = []
    source.pipe(values()).subscribe().unsubscribe()
    expect(source.observed).toBe(false)
    source.pipe(values()).subscribe({ error: (error: unknown) => errors.push(error) })
    source.error(new Error('source'))
    expect(errors).toEqual([new Error('source')])
  })

  it('reads a journal as values, and moves a subscriber', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b', 'c'])
    expect(await collect(journal.readFrom('oldest').pipe(values()))).toEqual(['a', 'b', 'c'])
    const subscriber = await journal.subscriber('reader')
    expect(await collect(subscriber.batches({ maxRecords: 1 }).pipe(values(), take(2)))).toEqual(['a', 'b'])
    expect(subscriber.ackedSeq).toBe(2)
    await journal.close()
  })

  it('checks its options at the call', () => {
    expect(() => values({ onGap: 1 as unknown as () => void })).toThrow('JOURNAL_BAD_OPTION')
    expect(() => values({ onGap: undefined })).not.toThrow()
  })
})
