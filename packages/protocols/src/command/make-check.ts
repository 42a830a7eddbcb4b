import type { Check } from '../checks/check.ts'
import { ProtocolError } from '../errors.ts'
import { type CheckKind, checkKinds } from './check-kinds.ts'
import { commandOptions, type DescribedOption, describedKind } from './described-options.ts'
import { nearest, optionOf, typedName } from './option-names.ts'
import { readTarget } from './read-target.ts'
import { type Given, valueOf, valueWithParts } from './read-value.ts'
import type { CommandWords } from './read-words.ts'
import { WrongUse } from './wrong-use.ts'

/** Variables of the process, where secrets can stand that nobody should see among the words of a command. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Makes the check that words ask for, such as `http https://example.org` with options. */
export function makeCheck(word: string, words: CommandWords, environment: Environment): Check {
  const kind = kindOf(word)
  const { options: all } = describedKind(word)
  const known = all.filter(({ name }) => name !== kind.of)
  const options = {
    ...targetOf(word, kind, known, words, environment),
    ...readOptions(words, known, environment),
  }
  for (const { name, isRequired } of known)
    if (isRequired === true && options[name] === undefined)
      throw new WrongUse(`${word}: ${typedName(name)} is missing${exampleOf(word, kind)}`)
  try {
    return kind.check(options as never)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new WrongUse(`${word}: ${asTyped(error.message, kind, known)}`)
  }
}

/** The kind of check by a word. */
export function kindOf(word: string): CheckKind {
  const kind = checkKinds.get(word)
  if (kind !== undefined) return kind
  const all = [...checkKinds.keys()]
  // Anything else may be a target with a password in it.
  if (!/^[\w-]{1,20}$/.test(word))
    throw new WrongUse(`say the kind of check before the target: ${all.join(', ')}`)
  const near = nearest(word, all)
  throw new WrongUse(
    `there is no kind "${word}"; ${near.length > 0 ? `did you mean ${near.join(' or ')}? ` : ''}known are ${all.join(', ')}`,
  )
}

const exampleOf = (word: string, { example }: CheckKind): string =>
  `; an example: npx @tocsin/protocols check ${word} ${example}`

/** A message with the names of options as people type them. */
const asTyped = (message: string, { of }: CheckKind, known: readonly DescribedOption[]): string =>
  message
    .replaceAll('PROTOCOL_BAD_OPTION: ', '')
    .replace(/"(\w+)"/g, (quoted, name: string) => {
      if (name === of) return `the ${of}`
      return known.some((option) => option.name === name) ? typedName(name) : quoted
    })
    .replace(/(\bthe )?\boptions? (?=--|the )/g, '')

function targetOf(
  word: string,
  kind: CheckKind,
  options: readonly DescribedOption[],
  { plain, rest }: CommandWords,
  environment: Environment,
): Record<string, unknown> {
  const { of, path, schemes } = kind
  if (of === 'command') {
    if (rest.length === 0 || plain.length > 0)
      throw new WrongUse(`${word}: give the program and its arguments behind "--"${exampleOf(word, kind)}`)
    return { command: rest }
  }
  const short = plain.find((one) => one.startsWith('-'))
  if (short !== undefined)
    throw new WrongUse(`there is no option ${short.slice(0, 2)}; options begin with two dashes`)
  const [target, ...more] = plain
  if (target === undefined) throw new WrongUse(`${word}: the ${of} is missing${exampleOf(word, kind)}`)
  if (more.length > 0 || rest.length > 0)
    throw new WrongUse(`${word}: give one ${of}${exampleOf(word, kind)}`)
  const text = revealed(target, environment)
  if (of !== 'host') return { [of]: text }
  return {
    ...readTarget(
      { word, options, ...(path !== undefined && { path }), ...(schemes !== undefined && { schemes }) },
      text,
    ),
  }
}

function readOptions(
  { options }: CommandWords,
  known: readonly DescribedOption[],
  environment: Environment,
): Record<string, unknown> {
  const parts = new Map<string, Map<string, Given>>()
  const values: Record<string, unknown> = {}
  for (const [typed, words] of options) {
    const [, head = typed, part] = /^([^.]+)\.(.+)$/s.exec(typed) ?? []
    const option = optionOf(head, [...known, ...commandOptions])
    const given = words.map((one) => (one === true ? one : revealed(one, environment)))
    if (part === undefined) values[option.name] = valueOf(typed, option, given)
    else parts.set(head, new Map(parts.get(head)).set(part, given))
  }
  for (const [head, given] of parts) {
    const option = optionOf(head, known)
    values[option.name] = valueWithParts(head, option, values[option.name], given)
  }
  return values
}

function revealed(given: string, environment: Environment): string {
  if (!given.startsWith('env:')) return given
  const value = environment[given.slice('env:'.length)]
  if (value === undefined) throw new WrongUse(`there is no variable ${given.slice('env:'.length)}`)
  return value
}
