import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

import { bundled } from './bundled.ts'

/** A folder on the real disk that goes when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/tocsin-journal-`)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface RunningChild {
  readonly pid: number
  /** What it printed so far. */
  readonly lines: readonly string[]
  /** Resolves when it has printed so many lines. */
  printed(count: number): Promise<void>
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
}

/** Runs `child.ts` in a process of its own. */
export const startChild = (...words: readonly string[]): RunningChild => startChildUnder([], ...words)

/** The same, started by a command such as `unshare -n`. */
export const startChildUnder = (command: readonly string[], ...words: readonly string[]): RunningChild =>
  startScript('child.ts', words, command)

/** Runs a script of this folder in a process of its own. */
export function startScript(
  name: string,
  words: readonly string[],
  command: readonly string[] = [],
): RunningChild {
  const [program, ...rest] = [...command, process.execPath, bundled(new URL(name, import.meta.url)), ...words]
  const child: ChildProcess = spawn(program!, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'close')
  const lines: string[] = []
  let ended = false
  let wake = (): void => undefined
  const reader = createInterface({ input: child.stdout! })
  reader.on('line', (line) => {
    lines.push(line)
    wake()
  })
  reader.on('close', () => {
    ended = true
    wake()
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  return {
    pid: child.pid!,
    lines,
    kill,
    printed: async (count) => {
      while (lines.length < count) {
        if (ended) throw new Error(`the child ended early: ${lines.join('\n')}`)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
