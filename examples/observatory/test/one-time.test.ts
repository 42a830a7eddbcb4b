import { evaluate, inEventTime, ruleSet } from '@tocsin/fault'
import { play, virtualTime } from '@tocsin/fault/testing'
import { createStatsdParser } from '@tocsin/protocols/engine'
import type { Sample } from '@tocsin/protocols'
import { rollup, rollupSamples } from '@tocsin/rollup'
import { asyncScheduler, concatMap, from, noop, pipe, tap } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { expect, it } from 'vitest'

/** What came in, and when. */
interface Packet {
  readonly at: number
  readonly line: string
}

const minute = 60_000
const packets = [10, 10, 200, 200, 10].map((value, index): Packet => ({
  at: index * minute + 1000,
  line: `queue:${value}|g`,
}))

/** Bytes to samples to windows to faults; nobody is told of a clock. */
function judge(told: string[]): OperatorFunction<Packet, unknown> {
  const parser = createStatsdParser()
  const rules = [ruleSet('queue').select('__name:queue').above(100, 1).build()]
  const parse = ({ line }: Packet): Sample[] => {
    const samples: Sample[] = []
    const problem = (): never => expect.unreachable()
    parser.parse(Buffer.from(line), asyncScheduler.now(), { sample: (one) => samples.push(one), problem })
    return samples
  }
  return pipe(
    concatMap(parse),
    rollup({ windows: ['1m'] }),
    rollupSamples('average'),
    // The last window is not over when the stream ends: what it says is of the future.
    evaluate(rules, { open: [], problems: { next: noop } }),
    tap(({ type, text }) => told.push(`${asyncScheduler.now()} ${type} ${text}`)),
  )
}

const arriving = play(packets, { timeOf: ({ at }) => at })

const expected = [
  '185000 opened queue stat=average: 200 is above 100',
  '241000 cleared queue stat=average: cleared after 1m 1s, 10 is not above 100',
]

it('a parser, windows and rules tell the same under the marbles of rxjs, in the time of values, and in virtual time', async () => {
  const inMarbles: string[] = []
  new TestScheduler(() => undefined).run(() => void arriving.pipe(judge(inMarbles)).subscribe())

  const inValues: string[] = []
  from(packets)
    .pipe(inEventTime(judge(inValues), { timeOf: ({ at }) => at }))
    .subscribe()

  const inTest: string[] = []
  {
    using time = virtualTime()
    arriving.pipe(judge(inTest)).subscribe()
    await time.run()
  }
  expect({ inMarbles, inValues, inTest }).toEqual({
    inMarbles: expected,
    inValues: expected,
    inTest: expected,
  })
})
