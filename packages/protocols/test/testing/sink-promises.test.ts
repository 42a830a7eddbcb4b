import type { Batch, Sample } from '@tocsin/core'
import { catchError, EMPTY, filter, finalize, map, NEVER, Observable, of, concat, Subscription } from 'rxjs'
import { afterAll, describe, expect, it } from 'vitest'

import { sink, type Destination, type Outcome, type Sink, type SinkEvent } from '../../src/sinks/index.ts'
import {
  sinkConformance,
  type DestinationFault,
  type TestedDestination,
  type TestedSink,
} from '../../src/testing/index.ts'
import { sinkPromises } from '../../src/testing/sink-promises.ts'

/** A server without sockets. */
class Own implements TestedDestination {
  readonly has: number[] = []
  isUp = false
  fault: DestinationFault | undefined
  refused: readonly number[] = []
  open = 0
  start = (): void => void (this.isUp = true)
  stop = (): void => void (this.isUp = false)
  received = (): readonly number[] => this.has
  connections = (): number => this.open
  behave(fault: DestinationFault | undefined, refused: readonly number[]): void {
    this.fault = fault
    this.refused = refused
  }
}

const down: Outcome = { type: 'failed', message: 'it is down' }
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const numbersOf = (samples: readonly Sample[]): readonly number[] => samples.map(({ value }) => Number(value))

/** How that server is written to. */
function connect(own: Own): Destination {
  own.open += 1
  let isClosed = false
  const send = async (samples: readonly Sample[]): Promise<Outcome> => {
    await sleep(own.fault === 'slow' ? 30 : 1)
    if (!own.isUp || isClosed) return down
    const numbers = numbersOf(samples)
    if (own.fault === 'refuse' && numbers.some((number) => own.refused.includes(number)))
      return { type: 'refused', reason: 'refused', message: 'it is not wanted' }
    own.has.push(...numbers)
    return own.fault === 'half-reply' ? down : { type: 'taken' }
  }
  return {
    weigh: ({ value }) =>
      typeof value === 'number' ? 8 : { reason: 'unsupported', message: 'only numbers' },
    send(samples) {
      const outcome = send(samples)
      return { handedOver: outcome, outcome }
    },
    close() {
      isClosed = true
      own.open -= 1
    },
  }
}

/** What goes on when it is left, until these tests are over: it would try again in those of other files. */
const goingOn = new Subscription()
afterAll(() => goingOn.unsubscribe())

/** What a sink does otherwise than it should. */
interface Fault {
  readonly destination?: (good: Destination, own: Own) => Partial<Destination>
  readonly sink?: (good: Sink, own: Own) => TestedSink
}

const options = { gatherMs: 2, minDelayMs: 5, maxDelayMs: 20, maxRequestSamples: 6 }

const sinkOf = ({ destination, sink: wrong }: Fault, own: Own): TestedSink => {
  const good = sink(() => {
    const made = connect(own)
    return { ...made, ...destination?.(made, own) }
  }, options)
  return wrong?.(good, own) ?? good
}

const casesOf = (fault: Fault) =>
  sinkConformance({
    open: () => new Own(),
    create: (own) => sinkOf(fault, own),
    faults: ['slow', 'half-reply', 'refuse'],
    unsupported: (sample) => ({ ...sample, value: 'text', kind: 'text' }),
    timeoutMs: 500,
  })

/** All sentences that came of it, in the order of the promises. */
async function failuresOf(fault: Fault): Promise<readonly string[]> {
  const failures = await Promise.all(
    casesOf(fault).map(({ run }) =>
      run().then(
        () => [],
        (error: unknown) => [(error as Error).message],
      ),
    ),
  )
  return failures.flat()
}

const over = (
  good: Sink,
  change: (events: Observable<SinkEvent>, batches: Observable<Batch<Sample>>) => Observable<SinkEvent>,
): TestedSink =>
  Object.assign((batches: Observable<Batch<Sample>>) => change(good(batches), batches), {
    reachable$: good.reachable$,
  })
const before = (good: Sink, change: (batch: Batch<Sample>) => Batch<Sample>): TestedSink =>
  Object.assign((batches: Observable<Batch<Sample>>) => good(batches.pipe(map(change))), {
    reachable$: good.reachable$,
  })
const sending =
  (change: (samples: readonly Sample[], good: Destination, own: Own) => Promise<Outcome>) =>
  (good: Destination, own: Own): Partial<Destination> => ({
    send(samples) {
      const outcome = change(samples, good, own)
      return { handedOver: outcome, outcome }
    },
  })

/** The fault, how it is made, and which promises it breaks with which sentence, both by their beginnings. */
type Control = readonly [
  name: string,
  fault: Fault,
  broken: readonly (readonly [promise: string, seen: string])[],
]

const used = new WeakSet<Own>()

const controls: readonly Control[] = [
  [
    'connects when it is made',
    {
      sink: (good, own) => {
        own.open += 1
        return over(good, (events) => events.pipe(finalize(() => (own.open -= 1))))
      },
    },
    [['does nothing before', 'it had opened 1 connections']],
  ],
  [
    'sends everything twice',
    { destination: sending(async (samples, good) => good.send([...samples, ...samples]).outcome) },
    [
      ['brings each sample there once', 'of a series 0 came where 6 was due'],
      ['waits for a slow', 'more came where nothing more was due'],
      ['can be subscribed to again', '0 came where 2 was due'],
    ],
  ],
  [
    'turns the order round',
    { destination: sending(async (samples, good) => good.send(samples.toReversed()).outcome) },
    [
      ['brings each sample there once', '4 came where 0 was due'],
      ['loses nothing', '2 came where 0 was due for the first time'],
    ],
  ],
  [
    'loses what is last',
    { destination: sending(async (samples, good) => good.send(samples.slice(0, -1)).outcome) },
    [
      ['brings each sample there once', 'nothing came where 5 was due'],
      ['loses nothing', 'batch 1 was acknowledged, and 3 is not there'],
    ],
  ],
  [
    'acknowledges what it has only taken in',
    {
      sink: (good) =>
        before(good, (batch) => {
          void Promise.resolve().then(() => batch.ack())
          return { ...batch, ack: () => undefined }
        }),
    },
    [
      ['takes the next batch', 'batch 0 was acknowledged, and 0, 1 is not there'],
      ['waits for a destination that is down', '3 batches were acknowledged while it was down'],
      ['takes half a reply', '2 batches were acknowledged upon half a reply'],
      ['ends with an error', '1 batches were acknowledged after the error'],
    ],
  ],
  [
    'acknowledges twice',
    {
      sink: (good) =>
        before(good, (batch) => ({
          ...batch,
          ack: () => {
            batch.ack()
            batch.ack()
          },
        })),
    },
    [
      ['brings each sample there once', 'batches were acknowledged in the order 0, 0, 1, 1'],
      ['waits for a destination that is down', 'in the order 0, 0'],
    ],
  ],
  [
    'does not complete',
    { sink: (good) => over(good, (events) => concat(events, NEVER)) },
    [
      ['brings each sample there once', 'it did not complete'],
      ['names what the destination refuses', 'it did not complete'],
    ],
  ],
  [
    'passes over batches that come within an acknowledgement',
    {
      sink: (good) => {
        let isInside = false
        return Object.assign(
          (batches: Observable<Batch<Sample>>) =>
            good(
              batches.pipe(
                filter(() => !isInside),
                map((batch) => ({
                  ...batch,
                  ack: () => {
                    isInside = true
                    batch.ack()
                    isInside = false
                  },
                })),
              ),
            ),
          { reachable$: good.reachable$ },
        )
      },
    },
    [['takes the next batch', 'it did not complete']],
  ],
  [
    'counts requests as samples',
    {
      sink: (good) =>
        over(good, (events) =>
          events.pipe(map((event) => (event.type === 'delivered' ? { ...event, count: 1 } : event))),
        ),
    },
    [['says what is delivered', 'it said that 2 samples were delivered, of 7']],
  ],
  [
    'says that something is held for ever',
    {
      sink: (good) =>
        over(good, (events) => events.pipe(map((event) => ({ ...event, held: { count: 1, oldest: 0 } })))),
    },
    [['says what is delivered', '1 samples were held, it said, when all were delivered']],
  ],
  [
    'says nothing of failures',
    { sink: (good) => over(good, (events) => events.pipe(filter(({ type }) => type !== 'failed'))) },
    [
      ['waits for a destination that is down', 'it said nothing of a destination that is down'],
      ['loses nothing', 'it said nothing of a destination that went down'],
      ['takes half a reply', 'it said nothing of half a reply'],
    ],
  ],
  [
    'does not know whether its destination can be reached',
    {
      sink: (good) =>
        Object.assign((batches: Observable<Batch<Sample>>) => good(batches), {
          reachable$: of({ reachable: true, since: 0 }),
        }),
    },
    [['waits for a destination that is down', 'reachable$ did not begin with undefined']],
  ],
  [
    'gives up what failed once',
    {
      destination: (good, own) => {
        let hasFailed = false
        const giveUp = async (samples: readonly Sample[]): Promise<Outcome> => {
          if (hasFailed) {
            hasFailed = false
            return { type: 'taken' }
          }
          const outcome = await good.send(samples).outcome
          hasFailed = outcome.type === 'failed'
          return outcome
        }
        return sending(giveUp)(good, own)
      },
    },
    [
      ['waits for a destination that is down', 'was down'],
      ['loses nothing', 'keeps the order: '],
    ],
  ],
  [
    'is impatient',
    {
      destination: sending(async (samples, good) =>
        Promise.race([
          good.send(samples).outcome,
          sleep(15).then((): Outcome => ({ type: 'failed', message: 'too slow' })),
        ]),
      ),
    },
    [['waits for a slow', 'sends nothing twice to it: ']],
  ],
  [
    'takes half a reply for a whole one',
    {
      destination: sending(async (samples, good, own) => {
        const outcome = await good.send(samples).outcome
        return own.fault === 'half-reply' ? { type: 'taken' } : outcome
      }),
    },
    [['takes half a reply', 'it said nothing of half a reply']],
  ],
  [
    'gives up all that was refused together, without a word',
    {
      destination: sending(async (samples, good) => {
        const outcome = await good.send(samples).outcome
        return outcome.type === 'refused' ? { type: 'taken' } : outcome
      }),
    },
    [['names what the destination refuses', 'it named nothing as refused, of 2, 7']],
  ],
  [
    'names all that was refused together',
    {
      destination: sending(async (samples, good) => {
        const outcome = await good.send(samples).outcome
        if (outcome.type !== 'refused') return outcome
        const { reason, message } = outcome
        return { type: 'taken', refusals: samples.map((sample) => ({ sample, reason, message })) }
      }),
    },
    [['names what the destination refuses', 'it named 0, 1, 2, 3, 4, 5, 6, 7, 8 as refused, of 2, 7']],
  ],
  [
    'passes over in silence what has no form',
    {
      sink: (good) =>
        before(good, (batch) => ({ ...batch, values: batch.values.filter(({ kind }) => kind !== 'text') })),
    },
    [['names what the destination has no form for', '0 refusals came for one sample']],
  ],
  [
    'hides the error of its source',
    { sink: (good) => over(good, (events) => events.pipe(catchError(() => EMPTY))) },
    [['ends with an error', 'it did not end with the error of its source']],
  ],
  [
    'closes nothing',
    { destination: () => ({ close: () => undefined }) },
    [
      ['brings each sample there once', '1 connections were open afterwards'],
      ['frees everything', 'brings nothing more: '],
    ],
  ],
  [
    'goes on when it is left',
    {
      sink: (good) =>
        over(
          good,
          (events) =>
            new Observable((subscriber) => {
              goingOn.add(
                events.subscribe({
                  next: (event) => subscriber.next(event),
                  error: (error: unknown) => subscriber.error(error),
                  complete: () => subscriber.complete(),
                }),
              )
            }),
        ),
    },
    [['frees everything', 'it still listened to its source']],
  ],
  [
    'can be subscribed to only once',
    {
      sink: (good, own) =>
        Object.assign(
          (batches: Observable<Batch<Sample>>) => {
            const isFirst = !used.has(own)
            used.add(own)
            return isFirst ? good(batches) : EMPTY
          },
          { reachable$: good.reachable$ },
        ),
    },
    [['can be subscribed to again', '1 batches were acknowledged, of 2']],
  ],
]

describe.concurrent('a sink', () => {
  it('that sends to a server without sockets keeps every promise', async () => {
    expect(await failuresOf({})).toEqual([])
  })

  it.each(controls.map((control) => ({ name: control[0], control })))(
    'that $name breaks its promises',
    async ({ control: [, fault, broken] }) => {
      const failures = await failuresOf(fault)
      for (const [promise, seen] of broken) {
        const said = failures.find((failure) => failure.startsWith(promise))
        expect(said, promise).toContain(seen)
      }
    },
  )
})

describe('the faults', () => {
  it('break every promise that there is', () => {
    const broken = controls.flatMap(([, , all]) => all.map(([promise]) => promise))
    const names = Object.keys(sinkPromises)
    expect(names.filter((name) => !broken.some((start) => name.startsWith(start)))).toEqual([])
  })
})
