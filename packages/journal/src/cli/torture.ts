import { mkdir, readdir } from 'node:fs/promises'

import { codeOf, messageOf } from '../errors.ts'
import type { TortureResult } from '../torture/kill-cycles.ts'
import { killCycles } from '../torture/kill-cycles.ts'
import { PowerCutUnavailable } from '../torture/loop-disk.ts'
import type { Violation } from '../torture/oracle.ts'
import { powerCuts } from '../torture/power-cuts.ts'
import type { Terminal } from './terminal.ts'
import { count, exitCodes, paint, printable, WrongUse } from './terminal.ts'

/** What `torture` was told. */
export interface TortureCommand {
  readonly cycles: number
  readonly seconds: number
  readonly seed: number
  readonly powerCut: boolean
  readonly unsafe: boolean
  readonly torn: boolean
  readonly json: boolean
  readonly progress: boolean
  /** Runs the hidden command of the writer. */
  readonly command: readonly string[]
  readonly signal: AbortSignal
}

const shownViolations = 20

/** Runs kill cycles or power cuts in an empty folder and prints a verdict. */
export async function torture(
  directory: string,
  options: TortureCommand,
  terminal: Terminal,
): Promise<number> {
  const { powerCut, unsafe, torn, seed, command, signal, cycles, seconds } = options
  if (unsafe && !powerCut) throw new WrongUse('--unsafe is the negative control of --power-cut: give both')
  if (torn && !powerCut) throw new WrongUse('--torn says how --power-cut is made: give both')
  await prepareFolder(directory)
  if (!options.json) await terminal.out(`seed ${seed}`)
  const shown = options.progress || terminal.watched
  const onCycle = (result: TortureResult): void => {
    if (shown) terminal.status(progressText(result, cycles))
  }
  const input = { command, cycles, seconds, seed, signal, onCycle }
  let result
  try {
    result = powerCut
      ? await powerCuts({ ...input, directory, unsafe, torn })
      : await killCycles({ ...input, directory: `${directory}/journal` })
  } catch (error) {
    if (error instanceof PowerCutUnavailable) throw new WrongUse(error.message, { cause: error })
    throw error
  } finally {
    if (shown) terminal.status('')
  }
  const verdict = verdictOf(result, options, directory)
  if (options.json) {
    const { passed, text: message } = verdict
    await terminal.out(JSON.stringify({ seed, ...result, passed, message }, undefined, 2))
  } else {
    if (!unsafe) await printViolations(result.violations, terminal)
    await terminal.out(paint(terminal, verdict.passed ? 'good' : 'bad', printable(verdict.text)))
  }
  if (signal.aborted) return exitCodes.wrongUse
  return verdict.passed ? exitCodes.fine : exitCodes.damage
}

const progressText = ({ cycles, acknowledged, violations }: TortureResult, of: number): string =>
  `torture: ${cycles} of ${of}, ${count(acknowledged, 'record')} acknowledged, ${count(violations.length, 'violation')}`

async function printViolations(violations: readonly Violation[], terminal: Terminal): Promise<void> {
  for (const { invariant, message } of violations.slice(0, shownViolations)) {
    await terminal.out(`${invariant}: ${printable(message)}`)
  }
  const more = violations.length - shownViolations
  if (more > 0) await terminal.out(`and ${more} more`)
}

function verdictOf(
  result: TortureResult,
  { powerCut, unsafe, seed, signal }: TortureCommand,
  directory: string,
): { readonly passed: boolean; readonly text: string } {
  const { cycles, acknowledged, checked, violations } = result
  const lost = violations.filter(({ invariant }) => invariant === 'I1').length
  const done = `${count(cycles, powerCut ? 'power cut' : 'kill')}${signal.aborted ? ' (interrupted)' : ''}`
  if (unsafe) {
    const passed = lost > 0
    const seen = passed ? 'a loss is seen here' : 'NO LOSS WAS SEEN: this harness proves nothing here'
    return {
      passed,
      text: `control: ${done}, ${lost} of ${acknowledged} records lost without a sync: ${seen}; seed ${seed}`,
    }
  }
  const passed = violations.length === 0 && cycles > 0
  const numbers = `${done}, ${acknowledged} records acknowledged, ${checked} read back, ${lost} lost, ${count(violations.length, 'violation')}`
  const where = passed ? '' : `; what is left is in ${directory}`
  return { passed, text: `${passed ? 'passed' : 'FAILED'}: ${numbers}; seed ${seed}${where}` }
}

/** It writes, kills and removes: never in a folder that somebody uses. */
async function prepareFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
    if ((await readdir(directory)).length === 0) return
  } catch (error) {
    const why = codeOf(error) === 'EEXIST' ? 'it is no folder' : messageOf(error)
    throw new WrongUse(`${directory} cannot be used: ${why}`, { cause: error })
  }
  throw new WrongUse(
    `${directory} is not empty: torture needs a folder of its own, give the path of a new one`,
  )
}
