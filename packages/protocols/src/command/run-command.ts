import { runOnce } from '../checks/run-once.ts'
import type { CheckState } from '../checks/check.ts'
import { messageOf, ProtocolError } from '../errors.ts'
import { checkKinds } from './check-kinds.ts'
import { type Environment, makeCheck } from './make-check.ts'
import { resultAsJson, resultAsText } from './print-result.ts'
import { readWords, WrongUse } from './read-words.ts'

/** Where a command prints to, and what it knows of its process. */
export interface CommandPorts {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  readonly environment: Environment
}

/** As plugins of Nagios have them; wrong use is unknown too. */
const exitCodes: Readonly<Record<CheckState, number>> = { good: 0, warning: 1, bad: 2, unknown: 3 }

const flags: ReadonlySet<string> = new Set(['json', 'help'])

/** Runs one command; gives the exit code. */
export async function runCommand(
  words: readonly string[],
  { out, err, environment }: CommandPorts,
): Promise<number> {
  try {
    const { plain, options, rest } = readWords(words, flags)
    const [command, kind, ...more] = plain
    if (options.has('help')) {
      out(usage)
      return exitCodes.good
    }
    if (command !== 'check')
      throw new WrongUse(command === undefined ? 'which command?' : `there is no command "${command}"`)
    if (kind === undefined) throw new WrongUse('check: which kind?')
    const { json, timeoutMs, ...own } = Object.fromEntries(options)
    if (json !== undefined && json !== true) throw new WrongUse('--json has no value')
    const ofCheck = { plain: more, options: new Map(Object.entries(own)), rest }
    const check = makeCheck(kind, ofCheck, environment)
    const result = await runOnce(check, timeoutMs === undefined ? {} : { timeoutMs: Number(timeoutMs) })
    out(json === true ? resultAsJson(result) : resultAsText(result))
    return exitCodes[result.state]
  } catch (error) {
    err(messageOf(error).replace(/^PROTOCOL_BAD_OPTION: /, ''))
    if (error instanceof WrongUse || error instanceof ProtocolError)
      err('npx @tocsin/protocols --help tells what there is')
    return exitCodes.unknown
  }
}

/** What `--help` prints. */
const usage = `usage: npx @tocsin/protocols check <kind> <target> [options]

Looks once, and prints state, status, phases and what was measured.

Kinds and targets
${kindsOf('url', 'https://example.org/')}
${kindsOf('host', 'example.org, example.org:25, [::1]:25')}
${kindsOf('query', 'example.org')}
${kindsOf('command', '-- /usr/lib/nagios/plugins/check_load -w 5')}

Options
  --<option> <value>  an option of the check: --max-redirects 3 is maxRedirects: 3; lists and objects as JSON;
                      env:NAME takes it from a variable, for secrets; a wrong one is answered with all that there are
  --timeout-ms <n>    gives up after this time (default 10000)
  --json              prints one line of JSON
  --help              prints this

Exit code: 0 good, 1 warning, 2 bad, 3 unknown or wrong use.`

function kindsOf(of: string, example: string): string {
  const kinds = [...checkKinds].filter(([, kind]) => kind.of === of).map(([word]) => word)
  return `  ${kinds.join(', ')}\n      ${example}`
}
