import { Slices } from '@tocsin/core/slices'

import { createHttpTrapParser } from '../../http-trap/trap-parser.ts'
import { parsePluginOutput } from '../../nagios/plugin-output.ts'
import { perfdataSamples } from '../../nagios/perfdata-samples.ts'
import { bodySearch } from '../http/body-search.ts'
import { createExtraction, type ExtractOptions } from '../http/extract/extractor.ts'
import type { CheckContext } from '../check.ts'
import { readNumber } from '../values/read-number.ts'

/** What was read of an output. */
interface ReadOutput {
  /** What it says for people; empty where it does not. */
  readonly text: string
  /** How much of it could not be taken. */
  readonly problems: number
}

/** Reads an output, and puts what it measures into the findings of the run. */
export type OutputReader = (output: Buffer, context: CheckContext) => Promise<ReadOutput>

/** As plugins of Nagios print it. */
export const readPlugin: OutputReader = async (output, { found, now }) => {
  const { text, items, problems } = parsePluginOutput(output)
  const perfdata = perfdataSamples(items, { time: now() })
  if (text !== '') found.text('message', text)
  found.add(perfdata.samples)
  return { text, problems: problems.length + perfdata.problems.length }
}

/** Most memory for names, bytes. */
const maxNameBytes = 4 * 1024 * 1024

/** JSON as HTTPTrap takes it. */
export function jsonReader(options: ExtractOptions): OutputReader {
  const parser = createHttpTrapParser({ maxNameBytes, maxValues: 10_000 })
  return async (output, { found, now }) => {
    const extraction = createExtraction(found, options)
    let problems = 0
    const { stopped } = parser.parse(output, now(), {
      sample: (sample) => extraction.sample(sample),
      problem: () => (problems += 1),
    })
    return { text: stopped?.message ?? '', problems: problems + (stopped === undefined ? 0 : 1) }
  }
}

const maxLineLength = 4096

/**
 * Lines of a key, a separator and a value; of those that match, where an expression is given. It chooses lines and does not take them apart,
 * since a choice can be made in linear time.
 */
export function pairsReader(
  separator: string,
  lines: RegExp | undefined,
  options: ExtractOptions,
): OutputReader {
  const search = lines === undefined ? undefined : bodySearch(lines)
  if (typeof search === 'string') throw new TypeError(search)
  return async (output, { found, signal }) => {
    const extraction = createExtraction(found, options)
    const slices = new Slices()
    let problems = 0
    for (const whole of output.toString().split('\n')) {
      const line = whole.slice(0, maxLineLength).trim()
      const at = line.indexOf(separator)
      if (at <= 0 || (search !== undefined && !(await search(Buffer.from(line), signal)))) continue
      const key = line.slice(0, at).trim()
      const value = line.slice(at + separator.length).trim()
      const number = readNumber(value)
      if (number !== undefined) extraction.number(key, number)
      else if (value !== '') extraction.text(key, value)
      else problems += 1
      if (!slices.isOver) continue
      await slices.pause()
      signal.throwIfAborted()
    }
    return { text: '', problems }
  }
}
