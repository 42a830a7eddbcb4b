import { runCli } from '../../src/cli/run-cli.ts'
import { bundled } from './bundled.ts'

/** What a run of the command line printed. */
export interface CliRun {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly status: readonly string[]
}

/** Program and arguments that run the command line from its source. */
export const cliCommand = (): readonly string[] => [
  process.execPath,
  bundled(new URL('../../src/cli/main.ts', import.meta.url)),
]

/** Runs it within this process; `watched` as on a terminal with colours. */
export async function cli(words: readonly string[], watched = false): Promise<CliRun> {
  let out = ''
  let err = ''
  const status: string[] = []
  const terminal = {
    out: async (text: string) => {
      out += `${text}\n`
    },
    err: (text: string) => {
      err += `${text}\n`
    },
    status: (text: string) => void status.push(text),
    colour: watched,
    watched,
  }
  const interrupted = (): AbortSignal => new AbortController().signal
  const command = words[0] === 'torture' ? cliCommand() : []
  const code = await runCli(words, { terminal, command, interrupted })
  return { code, out, err, status }
}

/** What `--json` printed. */
export const jsonOf = ({ out }: CliRun): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>
