import { of, Subject, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { sinkSamples, type SinkEvent } from '../../src/sinks/index.ts'
import { numbered } from './model-destination.ts'

const held = { count: 3, oldest: 4000 }
const none = { count: 0, oldest: undefined }
const refusal = (reason: 'refused' | 'unsupported') =>
  ({ sample: numbered(1), reason, message: 'no' }) as const
const failure: SinkEvent = { type: 'failed', time: 5000, message: 'down', attempt: 1, delayMs: 10, held }
const delivery: SinkEvent = {
  type: 'delivered',
  time: 6000,
  count: 3,
  bytes: 30,
  durationMs: 1000,
  held: none,
}

/** The values of each event, by the last part of their names. */
function valuesOf(...events: readonly SinkEvent[]): readonly Record<string, unknown>[] {
  const all: Record<string, unknown>[] = []
  for (const event of events) {
    const values: Record<string, unknown> = {}
    const source = new Subject<SinkEvent>()
    const subscription = source
      .pipe(sinkSamples('fra'))
      .subscribe(({ series, value }) => (values[series.metric] = value))
    source.next(event)
    subscription.unsubscribe()
    all.push(values)
  }
  return all
}

describe('the samples of a sink', () => {
  it('say of each event what is held, how old it is, and whether the destination was reachable', () => {
    expect(valuesOf(failure, delivery)).toMatchObject([
      { sink_held: 3, sink_age: 1000, sink_reachable: 0, sink_failed: 1, sink_delivered: 0 },
      { sink_held: 0, sink_age: 0, sink_reachable: 1, sink_failed: 0, sink_delivered: 3 },
    ])
  })

  it('say nothing of the destination where it was not asked', () => {
    const events: readonly SinkEvent[] = [
      { type: 'refused', time: 1, refusals: [refusal('unsupported')], held: none },
      { type: 'held-up', time: 1, message: 'raise it', held: none },
      { type: 'refused', time: 1, refusals: [refusal('refused')], held: none },
    ]
    expect(valuesOf(...events).map((values) => [values['sink_reachable'], values['sink_refused']])).toEqual([
      [undefined, 1],
      [undefined, 0],
      [1, 1],
    ])
  })

  it('are tagged, gauges or counters, and at the time of their event; samples from the future are not of a negative age', () => {
    const samples: unknown[] = []
    of<SinkEvent>({ ...failure, held: { count: 1, oldest: 9000 } })
      .pipe(sinkSamples('fra'), toArray())
      .subscribe((all) =>
        samples.push(...all.map(({ series, kind, time, value }) => [series.key, kind, time, value])),
      )
    expect(samples).toEqual([
      ['sink_held|ST[sink:fra]', 'gauge', 5000, 1],
      ['sink_age|ST[sink:fra]', 'gauge', 5000, 0],
      ['sink_reachable|ST[sink:fra]', 'gauge', 5000, 0],
      ['sink_delivered|ST[sink:fra]', 'counter', 5000, 0],
      ['sink_refused|ST[sink:fra]', 'counter', 5000, 0],
      ['sink_failed|ST[sink:fra]', 'counter', 5000, 1],
    ])
  })

  it('are counted for each subscription by itself', () => {
    const counted = of(delivery, delivery).pipe(sinkSamples('fra'))
    const totals: unknown[][] = [[], []]
    for (const own of totals)
      counted.subscribe(({ series, value }) => {
        if (series.metric === 'sink_delivered') own.push(value)
      })
    expect(totals).toEqual([
      [3, 6],
      [3, 6],
    ])
  })

  it.each([[''], [7], [undefined]])('of a sink named %o are refused at the call', (name) => {
    expect(() => sinkSamples(name as string)).toThrow('PROTOCOL_BAD_OPTION')
  })
})
