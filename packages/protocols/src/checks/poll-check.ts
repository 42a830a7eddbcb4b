import type { Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { Check, CheckContext, CheckOutcome } from './check.ts'
import { isCheckName } from './running/check-name.ts'

/** What {@link pollCheck} may be given: numbers and texts by metric, samples, or an outcome. */
export type Polled =
  | Readonly<Record<string, number | string>>
  | readonly Sample[]
  | (CheckOutcome & Readonly<Record<string, unknown>>)

/**
 * A check of one's own, from a function: whatever has a client of its own, such as the API of a cloud.
 *
 * Metrics: what the function gives: numbers as gauges, texts as they are; samples as they are. An object with a `state` is an outcome,
 * and what it has beside `state`, `available`, `status` and `samples` are values too. What is neither number nor text is left out, and
 * counted in the status. Where it rejects, the target is `bad` and not available, and the message is shown.
 *
 * @param name - of the check
 * @param poll - looks once; must end when the context's signal is aborted
 *
 * @example
 * ```ts
 * import { pollCheck, runOnce } from '@tocsin/protocols/checks'
 *
 * const broken = pollCheck('queue', () => Promise.reject(new Error('the queue is closed')))
 * const { state, available, status } = await runOnce(broken)
 * console.log(state, available, status) // => bad no the queue is closed
 * ```
 */
export function pollCheck(name: string, poll: (context: CheckContext) => PromiseLike<Polled>): Check {
  if (typeof name !== 'string' || typeof poll !== 'function')
    throw badOption('a check is made of a name and a function that looks')
  if (!isCheckName(name)) throw badOption(`"${name}" cannot be the name of a check: it is empty or too long`)
  return {
    name,
    async run(context) {
      const polled: unknown = await poll(context)
      if (Array.isArray(polled)) return { state: 'good', samples: polled as readonly Sample[] }
      // What is none of them is no outcome either, which is said where outcomes are read.
      if (typeof polled !== 'object' || polled === null) return polled as never
      const { state, available, status, samples, ...values } = polled as Readonly<Record<string, unknown>>
      const entries = 'state' in polled ? Object.entries(values) : Object.entries(polled)
      if (entries.length === 0 && !isPlain(polled)) return polled as CheckOutcome
      for (const [metric, value] of entries)
        if (typeof value === 'number') context.found.gauge(metric, value)
        else context.found.text(metric, value as string)
      return 'state' in polled
        ? ({ state, available, status, samples } as CheckOutcome)
        : context.found.good()
    },
  }
}

/** Others without values of their own, such as a `Map` or an `Error`, have them elsewhere. */
const isPlain = (polled: object): boolean =>
  [Object.prototype, null].includes(Object.getPrototypeOf(polled) as object | null)
