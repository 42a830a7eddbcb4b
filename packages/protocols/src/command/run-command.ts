import { runOnce } from '../checks/run-once.ts'
import type { CheckState } from '../checks/check.ts'
import { messageOf, ProtocolError } from '../errors.ts'
import { checkKinds } from './check-kinds.ts'
import { commandOptions, describedFields, type DescribedOption, describedKind } from './described-options.ts'
import { type Environment, kindOf, makeCheck } from './make-check.ts'
import { typedName } from './option-names.ts'
import { resultAsJson, resultAsText } from './print-result.ts'
import { valueOf } from './read-value.ts'
import { type CommandWords, readWords } from './read-words.ts'
import { usage, usageOf } from './usage.ts'
import { WrongUse } from './wrong-use.ts'

/** Where a command prints to, and what it knows of its process. */
export interface CommandPorts {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  readonly environment: Environment
  /** Whether what is printed may be coloured. */
  readonly hasColours: boolean
}

/** As plugins of Nagios have them; wrong use is unknown too. */
const exitCodes: Readonly<Record<CheckState, number>> = { good: 0, warning: 1, bad: 2, unknown: 3 }

/** Runs one command; gives the exit code. */
export async function runCommand(
  words: readonly string[],
  { out, err, environment, hasColours }: CommandPorts,
): Promise<number> {
  let kind: string | undefined
  try {
    const read = readWords(words, describe)
    const [command, word, ...plain] = read.plain
    const own = new Map([...read.options].filter(([typed]) => commandOption(typed) === undefined))
    const given = Object.fromEntries(
      commandOptions.map((option) => [option.name, ofCommand(option, read.options)]),
    )
    const wantsHelp = given['help'] === true || command === 'help' || read.plain.includes('-h')
    if (command === undefined && !wantsHelp) throw new WrongUse('which command? there is one: check')
    if (command !== undefined && !['check', 'help', '-h'].includes(command))
      throw new WrongUse(
        checkKinds.has(command) ? `"check" is missing before "${command}"` : 'there is one command: check',
      )
    if (wantsHelp) {
      out(word === undefined || word === '-h' || command === 'help' ? usage() : usageOf(word, kindOf(word)))
      return exitCodes.good
    }
    if (word === undefined)
      throw new WrongUse(`check: which kind? there are ${[...checkKinds.keys()].join(', ')}`)
    kindOf(word)
    kind = word
    const check = makeCheck(word, { plain, options: own, rest: read.rest }, environment)
    const { timeoutMs } = given as { readonly timeoutMs?: number | undefined }
    const result = await runOnce(check, timeoutMs === undefined ? {} : { timeoutMs })
    out(given['json'] === true ? resultAsJson(result) : resultAsText(result, hasColours))
    return exitCodes[result.state]
  } catch (error) {
    err(messageOf(error).replace('PROTOCOL_BAD_OPTION: option "timeoutMs"', '--timeout-ms'))
    if (error instanceof WrongUse || error instanceof ProtocolError)
      err(
        kind === undefined
          ? 'npx @tocsin/protocols --help tells what there is'
          : `npx @tocsin/protocols check ${kind} --help tells all of it`,
      )
    return exitCodes.unknown
  }
}

const byTypedName = (typed: string, options: readonly DescribedOption[]): DescribedOption | undefined =>
  options.find(({ name }) => typedName(name) === `--${typed}`)

const commandOption = (typed: string): DescribedOption | undefined => byTypedName(typed, commandOptions)

function ofCommand(option: DescribedOption, given: CommandWords['options']): unknown {
  const typed = typedName(option.name).slice(2)
  const values = given.get(typed)
  return values === undefined ? undefined : valueOf(typed, option, values)
}

/** What an option is, by the kind before it. */
function describe(typed: string, [, kind = '']: readonly string[]): DescribedOption | undefined {
  const [, head = typed, part] = /^([^.]+)\.(.+)$/s.exec(typed) ?? []
  const option = commandOption(head) ?? byTypedName(head, describedKind(kind).options)
  return option === undefined || part === undefined ? option : byTypedName(part, describedFields(option))
}
