import { optional, resolveOptions } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../../errors.ts'
import { readNumber } from '../../values/read-number.ts'
import {
  areNames,
  createExtraction,
  defaultExtractOptions,
  extractChecks,
  type Extraction,
  type ExtractOptions,
  type Extractor,
} from './extractor.ts'

/** How {@link keyValues} names what it reads. */
export interface KeyValuesOptions extends ExtractOptions {
  /**
   * Other names, by those that stand there.
   * @defaultValue none; blanks become underscores
   */
  readonly rename?: Readonly<Record<string, string>> | undefined
}

const maxLines = 10_000
const maxLineLength = 4096
const maxNameLength = 200

/**
 * An extractor of lines such as `Active connections: 3`, `sample_time = 17`, or `Reading: 0 Writing: 1` with several in one, and of a line of
 * numbers whose names stand in the line before it, as nginx writes them. A number, with at most a `%` behind it, is a gauge, else it is a
 * text. Other lines are passed over. At most 10000 lines, of each 4096 characters.
 *
 * @example
 * ```ts
 * import { httpCheck, keyValues } from '@tocsin/protocols/checks'
 *
 * const extract = keyValues({ rename: { 'Active connections': 'active' }, counters: ['requests'] })
 * const nginx = httpCheck({ url: 'http://localhost/status', extract })
 * console.log(nginx.name) // => http:localhost/status
 * ```
 */
export function keyValues(options: KeyValuesOptions = {}): Extractor {
  const resolved = resolve(options)
  const rename = new Map(Object.entries(resolved.rename ?? {}))
  const named = (name: string): string => rename.get(name) ?? name.replace(/\s+/g, '_')
  return async ({ body }, { found, signal }) => {
    const extraction = createExtraction(found, resolved)
    const slices = new Slices()
    let before: readonly string[] = []
    let lines = 0
    let pairs = 0
    for (const line of linesOf(body.toString())) {
      lines += 1
      if (lines > maxLines) throw new Error(`it has more than ${maxLines} lines`)
      const words = line.trim().split(/\s+/)
      const read = pairsOf(line, words, before)
      for (const [name, value] of read) take(extraction, named(name), value)
      pairs += read.length
      before = words
      if (!slices.isOver) continue
      await slices.pause()
      signal.throwIfAborted()
    }
    if (pairs === 0) throw new Error('it has no line such as "name: 3"')
  }
}

const resolve = (options: KeyValuesOptions): KeyValuesOptions =>
  resolveOptions<KeyValuesOptions>(
    { ...defaultExtractOptions, rename: undefined },
    options,
    {
      ...extractChecks,
      rename: optional((value) =>
        typeof value === 'object' && value !== null && areNames(Object.values(value)) === undefined
          ? undefined
          : 'an object of names',
      ),
    },
    badOption,
  )

function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const until = end < 0 ? text.length : end
    yield text.slice(at, Math.min(until, at + maxLineLength))
    at = until + 1
  }
}

type Pair = readonly [name: string, value: string]

const isNumber = (word: string): boolean => readNumber(word) !== undefined

function pairsOf(line: string, words: readonly string[], before: readonly string[]): readonly Pair[] {
  if (words.every(isNumber)) {
    const names = before.slice(-words.length)
    const areNames =
      names.length === words.length && !names.some((name) => isNumber(name) || /[:=]/.test(name))
    return areNames ? names.map((name, at) => [name, words[at] ?? '']) : []
  }
  if (
    words.length % 2 === 0 &&
    words.every((word, at) => (at % 2 === 0 ? word.endsWith(':') : isNumber(word)))
  )
    return words.flatMap((word, at): Pair[] =>
      at % 2 === 0 ? [[word.slice(0, -1), words[at + 1] ?? '']] : [],
    )
  const at = line.search(/[:=]/)
  const name = line.slice(0, Math.max(0, at)).trim()
  return name === '' || name.length > maxNameLength ? [] : [[name, line.slice(at + 1).trim()]]
}

function take(extraction: Extraction, name: string, value: string): void {
  const number = readNumber(value.replace(/%$/, ''))
  if (number !== undefined) extraction.number(name, number)
  else if (value !== '') extraction.text(name, value)
}
