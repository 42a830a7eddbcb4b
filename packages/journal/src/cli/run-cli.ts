import { randomInt } from 'node:crypto'
import { writeSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { codeOf, messageOf } from '../errors.ts'
import type { WriterLine, WriterPlan } from '../torture/writer-process.ts'
import { writerCommand } from '../torture/writer-process.ts'
import { inspect } from './inspect.ts'
import { salvage } from './salvage.ts'
import type { Terminal } from './terminal.ts'
import { exitCodes, printable, WrongUse } from './terminal.ts'
import { verify } from './verify.ts'

/** What a run needs from its process. */
export interface CliEnvironment {
  readonly terminal: Terminal
  /** Program and arguments that run this again. */
  readonly command: readonly string[]
  /** From now on interrupting does not end the process but aborts this, once. */
  readonly interrupted: () => AbortSignal
}

const flags = {
  help: { type: 'boolean' },
  json: { type: 'boolean' },
  progress: { type: 'boolean' },
  out: { type: 'string' },
  codec: { type: 'string' },
  'json-lines': { type: 'boolean' },
  cycles: { type: 'string' },
  seconds: { type: 'string' },
  seed: { type: 'string' },
  'power-cut': { type: 'boolean' },
  unsafe: { type: 'boolean' },
  torn: { type: 'boolean' },
} as const

type Given = ReturnType<typeof parse>['values']

const common = ['help', 'json', 'progress'] as const

const allowed: Readonly<Record<string, readonly (keyof Given)[]>> = {
  inspect: common,
  verify: common,
  salvage: [...common, 'out', 'codec', 'json-lines'],
  torture: [...common, 'cycles', 'seconds', 'seed', 'power-cut', 'unsafe', 'torn'],
}

/** Runs one command; gives the exit code. */
export async function runCli(words: readonly string[], environment: CliEnvironment): Promise<number> {
  const { terminal } = environment
  try {
    if (words[0] === writerCommand) {
      await writer(words[1] ?? '')
      return exitCodes.fine
    }
    const { values, positionals } = parse(words)
    if (values.help === true) {
      await terminal.out(usage)
      return exitCodes.fine
    }
    return await run(positionals, values, environment)
  } catch (error) {
    terminal.err(printable(messageOf(error)))
    if (isBadWord(error)) terminal.err('npx @tocsin/journal --help lists the commands')
    return exitCodes.wrongUse
  }
}

async function run(
  [command, directory, ...more]: readonly string[],
  values: Given,
  environment: CliEnvironment,
): Promise<number> {
  const { terminal } = environment
  const options = Object.hasOwn(allowed, command ?? '') ? allowed[command ?? ''] : undefined
  if (command === undefined || options === undefined) {
    throw new WrongWord(command === undefined ? 'which command?' : `there is no command "${command}"`)
  }
  if (directory === undefined || directory === '') throw new WrongWord(`${command}: which folder?`)
  if (more.length > 0) throw new WrongWord(`${command} takes one folder, got "${more.join('", "')}" too`)
  for (const name of Object.keys(values) as (keyof Given)[]) {
    if (!options.includes(name)) throw new WrongWord(`${command} has no option --${name}`)
  }
  const folder = directory.replace(/(?<=.)\/+$/, '')
  const json = values.json === true
  const progress = values.progress === true
  if (command === 'inspect') return inspect(folder, { json }, terminal)
  if (command === 'verify') return verify(folder, { json, progress }, terminal)
  if (command === 'salvage') return runSalvage(folder, values, { json, progress }, terminal)
  return runTorture(folder, values, { json, progress }, environment)
}

async function runSalvage(
  folder: string,
  { out, codec, 'json-lines': lines = false }: Given,
  how: { readonly json: boolean; readonly progress: boolean },
  terminal: Terminal,
): Promise<number> {
  if ((out === undefined) === !lines) {
    throw new WrongWord('salvage needs either --out <new folder> or --json-lines')
  }
  if (lines && how.json) throw new WrongWord('--json-lines prints JSON already: leave --json out')
  if (out === '') throw new WrongWord('--out needs the path of a new folder')
  return salvage(folder, { ...how, out, codec }, terminal)
}

async function runTorture(
  folder: string,
  values: Given,
  how: { readonly json: boolean; readonly progress: boolean },
  { terminal, command, interrupted }: CliEnvironment,
): Promise<number> {
  const powerCut = values['power-cut'] === true
  const options = {
    cycles: wholeNumber('cycles', values.cycles) ?? (powerCut ? 10 : 100),
    seconds: wholeNumber('seconds', values.seconds) ?? Infinity,
    seed: wholeNumber('seed', values.seed) ?? randomInt(1, 1_000_000_000),
    unsafe: values.unsafe === true,
    torn: values.torn === true,
  }
  // Most who look at a journal never torture one.
  const { torture } = await import('./torture.ts')
  return torture(folder, { ...how, ...options, powerCut, command, signal: interrupted() }, terminal)
}

/** The child of `torture`: ends when its parent does. */
async function writer(plan: string): Promise<void> {
  // The parent decides when it dies, not who interrupts the parent.
  process.on('SIGINT', () => undefined)
  process.stdin.on('end', () => process.exit(exitCodes.wrongUse)).resume()
  const { runTortureWriter } = await import('../torture/torture-writer.ts')
  const print = (line: WriterLine): void =>
    printNow(`${JSON.stringify({ ...line, at: Number(process.hrtime.bigint()) / 1e6 })}\n`)
  await runTortureWriter(JSON.parse(plan) as WriterPlan, print)
  process.stdin.pause()
}

/** What was told is with the parent when this returns, however this process ends: a stream would keep it while the pipe is full. */
function printNow(text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** Whoever reads the message may want to know which words there are. */
class WrongWord extends WrongUse {}

const isBadWord = (error: unknown): boolean =>
  error instanceof WrongWord ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))

const parse = (words: readonly string[]) =>
  parseArgs({ args: [...words], options: flags, allowPositionals: true, strict: true })

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new WrongWord(`--${name} needs a whole number from 1 to 999999999, got "${text}"`)
}

/** What `--help` prints. */
const usage = `usage: npx @tocsin/journal <command> <folder> [options]

Commands
  inspect <folder>   prints what the journal holds: segments, subscribers, who has it open
  verify <folder>    reads every frame and lists damage, and whom it concerns
  salvage <folder>   copies every record that can be read
  torture <folder>   tests this machine's disk in a new folder, with kill -9 or power cuts

Options
  --json             prints JSON
  --progress         prints progress on stderr also where nobody watches
  --help             prints this

salvage
  --out <folder>     makes a new journal here; records get new numbers, a table says which
  --json-lines       prints the records instead, one JSON object per line
  --codec <name>     the codec, where journal.json is lost

torture
  --cycles <n>       kills or cuts (default 100, with --power-cut 10)
  --seconds <n>      ends earlier, after this time
  --seed <n>         repeats what the writer did
  --power-cut        cuts the power of a file system in a file: Linux, root
  --torn             with --power-cut: leaves some sectors of what was not synced, and others not
  --unsafe           with --power-cut: acknowledges what is not durable, and must find losses

inspect, verify and salvage never write into <folder> and may run while it is open.
Exit code: 0 fine, 1 damage or a broken promise found, 2 wrong use or cannot run.`
