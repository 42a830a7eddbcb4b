import type { Check } from '../checks/check.ts'
import { ProtocolError } from '../errors.ts'
import { type CheckKind, checkKinds } from './check-kinds.ts'
import { type CommandWords, WrongUse } from './read-words.ts'

/** Variables of the process, where secrets can stand that nobody should see among the words of a command. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Makes the check that words ask for, such as `http https://example.org` with options. */
export function makeCheck(kindWord: string, words: CommandWords, environment: Environment): Check {
  const kind = checkKinds.get(kindWord)
  if (kind === undefined)
    throw new WrongUse(`there is no kind "${kindWord}"; known are ${[...checkKinds.keys()].join(', ')}`)
  const texts = new Map([...words.options].map(([name, given]) => [name, textOf(given, environment)]))
  const options: Record<string, unknown> = { ...targetOf(kindWord, kind, words) }
  for (const [name, text] of texts) options[name] = valueOf(text)
  for (;;)
    try {
      return kind.check(options as never)
    } catch (error) {
      const name = badOptionOf(error)
      const text = name === undefined ? undefined : texts.get(name)
      // What looks like a number may be a text, such as a password.
      if (name === undefined || typeof text !== 'string' || options[name] === text) throw error
      options[name] = text
    }
}

function targetOf(
  kindWord: string,
  { of }: CheckKind,
  { plain, rest }: CommandWords,
): Readonly<Record<string, unknown>> {
  if (of === 'command') {
    if (rest.length === 0 || plain.length > 0) throw new WrongUse(`${kindWord}: give the command behind "--"`)
    return { command: rest }
  }
  const [target, ...more] = plain
  if (target === undefined || more.length > 0 || rest.length > 0)
    throw new WrongUse(`${kindWord}: give one ${of}`)
  if (of !== 'host') return { [of]: target }
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(target) ?? []
  // An address of IPv6 without brackets has no port behind it.
  return { host: bracketed ?? name ?? target, ...(port !== undefined && { port: Number(port) }) }
}

function textOf(given: string | true, environment: Environment): string | true {
  if (given === true || !given.startsWith('env:')) return given
  const value = environment[given.slice('env:'.length)]
  if (value === undefined) throw new WrongUse(`there is no variable ${given.slice('env:'.length)}`)
  return value
}

/** A number, a truth, a list or an object where it is written like one in JSON. */
function valueOf(text: string | true): unknown {
  if (text === true || !/^(-?\d|true$|false$|[[{])/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** The option that is wrong. */
const badOptionOf = (error: unknown): string | undefined =>
  error instanceof ProtocolError
    ? /^PROTOCOL_BAD_OPTION: option "(\w+)" must/.exec(error.message)?.[1]
    : undefined
