import { type ChildProcess, spawn } from 'node:child_process'

import { notAsked } from '../check-failure.ts'
import { reasonOf } from '../exchange/failures.ts'
import { createKeptOutput } from './kept-output.ts'
import { forgetGroup, killGroup, rememberGroup } from './running-groups.ts'

/** A program to run, without a shell. */
export interface ProgramOptions {
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** All variables of its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Where it runs; where this process does, if left out. */
  readonly cwd?: string | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  /** Most bytes of its output to keep; the rest is read and forgotten. */
  readonly maxOutputBytes: number
  /** Time from SIGTERM to SIGKILL, ms. */
  readonly killAfterMs: number
}

/** What became of a program. */
export interface ProgramEnd {
  /** `undefined` where a signal ended it. */
  readonly code: number | undefined
  readonly signal: string | undefined
  readonly output: Buffer
  /** Whether there was more output. */
  readonly truncated: boolean
  /** The beginning of what it printed on standard error. */
  readonly errors: Buffer
}

/** Most bytes of standard error to keep. */
const maxErrorBytes = 64 * 1024

/** A program that prints so many times what is kept, goes on for ever. */
const maxTimesOutput = 64

/** What it leaves behind may hold its output open; waited for so long, ms. */
const drainMs = 500

/**
 * Runs a program in a process group of its own, to its end. At the signal the group is sent SIGTERM, and SIGKILL later; this settles when the
 * program has ended. What it leaves behind in its group is killed in any case, also where this process ends before, unless a signal ends that:
 * then nobody is asked. Rejects by `notAsked` where it cannot be started or never stops printing.
 */
export function runProgram(options: ProgramOptions, signal: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const { command, maxOutputBytes, killAfterMs } = options
    const [program = ''] = command
    const child = start(options)
    const { pid } = child
    const kill = (name: NodeJS.Signals): void => {
      if (pid !== undefined) killGroup(pid, name)
    }
    if (pid !== undefined) rememberGroup(pid)
    const output = createKeptOutput(maxOutputBytes)
    const errors = createKeptOutput(maxErrorBytes)
    let timer: NodeJS.Timeout | undefined
    let failed: Error | undefined

    const take = (kept: typeof output) => (chunk: Buffer) => {
      kept.take(chunk)
      if (kept.total <= maxTimesOutput * kept.max || failed !== undefined) return
      failed = notAsked(`${program} never stops printing`)
      kill('SIGKILL')
    }
    const abort = (): void => {
      kill('SIGTERM')
      timer = setTimeout(() => kill('SIGKILL'), killAfterMs)
    }
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    signal.addEventListener('abort', abort)
    // What cannot be read any more shows in how it ends.
    child.stdout?.on('data', take(output)).on('error', () => undefined)
    child.stderr?.on('data', take(errors)).on('error', () => undefined)
    child
      .on('error', (error) => {
        // A signal that could not be sent is no reason to stop waiting.
        if (pid !== undefined) return
        end()
        reject(notAsked(`${program} cannot be started: ${reasonOf(error)}`, error))
      })
      .on('exit', () => {
        end()
        kill('SIGKILL')
        if (pid !== undefined) forgetGroup(pid)
        timer = setTimeout(() => {
          child.stdout?.destroy()
          child.stderr?.destroy()
        }, drainMs)
      })
      .on('close', (code, name) => {
        end()
        if (signal.aborted) reject(signal.reason as Error)
        else if (failed !== undefined) reject(failed)
        else
          resolve({
            code: code ?? undefined,
            signal: name ?? undefined,
            output: output.bytes(),
            truncated: output.total > output.max,
            errors: errors.bytes(),
          })
      })
  })
}

function start({ command: [program = '', ...words], env, cwd, uid, gid }: ProgramOptions): ChildProcess {
  try {
    return spawn(program, words, {
      shell: false,
      // A group of its own.
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      cwd,
      uid,
      gid,
    })
  } catch (error) {
    throw notAsked(`${program} cannot be started: ${reasonOf(error)}`, error)
  }
}
