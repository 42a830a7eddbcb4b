import { series, type Batch, type Sample, type Series } from '@tocsin/core'

import type { Destination, Outcome } from '../../src/sinks/index.ts'

const cpu: Series = series('cpu')

/** A sample by its number, which is its time and its value. */
export const numbered = (number: number): Sample => ({
  series: cpu,
  time: number,
  value: number,
  kind: 'gauge',
})

/** A batch of these numbers, which says when it is acknowledged. */
export const batchOf = (numbers: readonly number[], ack: () => void = () => undefined): Batch<Sample> => ({
  values: numbers.map(numbered),
  ack,
})

/** What a request was, and its answer. */
interface Sent {
  readonly numbers: readonly number[]
  readonly at: number
  readonly answer: (outcome: Outcome) => void
  readonly handOver: () => void
}

export interface ModelDestination extends Destination {
  readonly connect: () => Destination
  readonly sent: readonly Sent[]
  /** The numbers of each request. */
  readonly requests: () => readonly (readonly number[])[]
  readonly last: () => Sent
  readonly closes: () => number
}

export const taken: Outcome = { type: 'taken' }
export const failed: Outcome = { type: 'failed', message: 'it is down' }
export const refused: Outcome = { type: 'refused', reason: 'refused', message: 'it is bad' }

/** A destination that does what a test says: by `react` at once, or later by `answer` of what was sent. */
export function modelDestination(
  now: () => number,
  react?: (numbers: readonly number[], attempt: number) => Outcome | undefined,
): ModelDestination {
  const sent: Sent[] = []
  let closes = 0
  const model: ModelDestination = {
    connect: () => model,
    sent,
    requests: () => sent.map(({ numbers }) => numbers),
    last: () => sent.at(-1) as Sent,
    closes: () => closes,
    weigh: ({ value }) =>
      Number(value) < 0 ? { reason: 'unsupported', message: 'it has no negative numbers' } : 10,
    send(samples) {
      const numbers = samples.map(({ time }) => time)
      let answer: Sent['answer'] = () => undefined
      let handOver: Sent['handOver'] = () => undefined
      const outcome = new Promise<Outcome>((resolve) => (answer = resolve))
      const handedOver = new Promise<void>((resolve) => (handOver = resolve))
      sent.push({ numbers, at: now(), answer, handOver })
      const reaction = react?.(numbers, sent.length)
      if (reaction !== undefined) answer(reaction)
      return { handedOver, outcome }
    },
    close: () => (closes += 1),
  }
  return model
}
