import { resolveOptions, type Sample } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../../errors.ts'
import { createHttpTrapParser } from '../../../http-trap/trap-parser.ts'
import {
  createExtraction,
  defaultExtractOptions,
  extractChecks,
  type ExtractOptions,
  type Extractor,
} from './extractor.ts'

/** Most memory for the names of one check, bytes. */
const maxNameBytes = 1024 * 1024
const maxValues = 10_000

/**
 * An extractor of JSON, flattened as Circonus' HTTPTrap does (see `createHttpTrapParser`): nested names are joined by backticks, elements
 * of arrays have their index as name, numbers and booleans are gauges, other texts are texts, null is left out. At most 10000 values.
 *
 * @example
 * ```ts
 * import { httpCheck, json } from '@tocsin/protocols/checks'
 *
 * const url = 'http://localhost:8222/varz'
 * const nats = httpCheck({ url, extract: json({ counters: ['in_msgs', 'out_msgs'] }) })
 * console.log(nats.name) // => http:localhost:8222/varz
 * ```
 */
export function json(options: ExtractOptions = {}): Extractor {
  const resolved = resolveOptions<ExtractOptions>(defaultExtractOptions, options, extractChecks, badOption)
  const parser = createHttpTrapParser({ maxValues, maxNameBytes })
  return async ({ body }, { found, now, signal }) => {
    const extraction = createExtraction(found, resolved)
    const slices = new Slices()
    const reading = parser.start(body, now(), {
      sample: (sample: Sample) => extraction.sample(sample),
      problem: () => undefined,
    })
    for (;;) {
      const outcome = reading.next()
      // What was begun is read to its end, since names are kept for all bodies together.
      if (outcome === undefined) {
        await slices.pause()
        continue
      }
      signal.throwIfAborted()
      if (outcome.stopped !== undefined) throw new Error(outcome.stopped.message)
      return
    }
  }
}
