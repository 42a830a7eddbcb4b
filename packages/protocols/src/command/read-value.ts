import { type DescribedOption, describedFields, type Taken } from './described-options.ts'
import { optionOf } from './option-names.ts'
import { WrongUse } from './wrong-use.ts'

/** What was typed behind an option. */
export type Given = readonly (string | true)[]

/** What the words behind an option mean: its type in the code says what they can be. */
export function valueOf(typed: string, { takes }: Pick<DescribedOption, 'takes'>, given: Given): unknown {
  const isNumbers = takes.includes('numbers')
  if (isNumbers || takes.includes('texts')) {
    const texts = given.map((one) => textOf(typed, one))
    if (texts.length === 1 && texts[0]?.startsWith('[')) return jsonOf(typed, texts[0])
    const parts = isNumbers ? texts.flatMap((text) => text.split(',')) : texts
    const values = isNumbers ? parts.map(numberOf) : parts
    // One is none of a list where it need not be.
    return values.length === 1 && takes.includes(isNumbers ? 'number' : 'text') ? values[0] : values
  }
  if (given.length > 1) throw new WrongUse(`--${typed} is there twice, and takes one value`)
  return oneOf(typed, takes, given[0] ?? true)
}

function oneOf(typed: string, takes: readonly Taken[], given: string | true): unknown {
  const can = (kind: Taken): boolean => takes.includes(kind)
  if (takes.length === 0) {
    if (given !== true) throw new WrongUse(`--${typed} has no value`)
    return true
  }
  if (can('flag') && (given === true || given === 'true')) return true
  if (can('flag') && given === 'false') return false
  const text = textOf(typed, given)
  if (can('object') || can('record') || can('json')) {
    const isWritten = can('json') ? text.startsWith('[') : text.startsWith('{')
    if (isWritten) return jsonOf(typed, text)
    if (!can('text'))
      throw new WrongUse(
        can('json')
          ? `--${typed} takes a list of objects as JSON: '[{…}, {…}]'`
          : `--${typed} takes parts, as --${typed}.<name> <value>, or JSON: '{…}'`,
      )
  }
  if (can('number')) return numberOf(text)
  return can('pattern') ? patternOf(typed, text) : text
}

/** The value of an object or a record of which parts were given: `--tls.verify false`, `--headers.accept text/html`. */
export function valueWithParts(
  typed: string,
  option: DescribedOption,
  whole: unknown,
  parts: ReadonlyMap<string, Given>,
): unknown {
  const isObject = option.takes.includes('object')
  if (!isObject && !option.takes.includes('record')) throw new WrongUse(`--${typed} has no parts`)
  const entries = [...parts].map(([part, given]) => {
    const field = isObject
      ? optionOf(part, describedFields(option), `${typed}.`)
      : { name: part, takes: option.entries ?? [] }
    return [field.name, valueOf(`${typed}.${part}`, field, given)] as const
  })
  return { ...(typeof whole === 'object' ? whole : {}), ...Object.fromEntries(entries) }
}

function textOf(typed: string, given: string | true): string {
  if (given === true) throw new WrongUse(`--${typed} needs a value`)
  return given
}

/** The check says what is wrong with a text that is no number. */
const numberOf = (text: string): number | string =>
  /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : text

function jsonOf(typed: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new WrongUse(`what is behind --${typed} looks like JSON, and is none`)
  }
}

function patternOf(typed: string, text: string): RegExp | string {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? []
  if (source === undefined) return text
  try {
    return new RegExp(source, flags)
  } catch {
    throw new WrongUse(`what is between the slashes behind --${typed} is no regular expression`)
  }
}
