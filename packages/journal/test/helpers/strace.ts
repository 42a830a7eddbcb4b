import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'vitest'

import { bundled } from './bundled.ts'

/** Skips the test where system calls cannot be watched. */
export function needStrace(context: TestContext): void {
  const { status } = spawnSync('strace', ['-o', '/dev/null', 'true'])
  if (status === 0) return
  const reason = 'strace is not here or may not trace; install the package "strace" and allow ptrace'
  if (process.env['TOCSIN_REQUIRE_PEERS'] === '1')
    throw new Error(`TOCSIN_REQUIRE_PEERS is set, but ${reason}`)
  context.skip(reason)
}

/** The scripted child as one file, so that a run takes a tenth of a second. */
export const bundleScriptedChild = (): string => bundled(new URL('./scripted-child.ts', import.meta.url))

export interface Run {
  readonly signal: NodeJS.Signals | null
  readonly lines: readonly string[]
}

/** Runs a program with words before it, such as those of strace; one thread does all its file work. */
export async function runUnder(before: readonly string[], ...words: readonly string[]): Promise<Run> {
  const [program = '', ...rest] = [...before, process.execPath, ...words]
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('close', (_, signal) => resolve(signal)),
  )
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const signal = await ended
  if (err !== '' && signal === null) throw new Error(err)
  return { signal, lines: out.split('\n').filter((line) => line !== '') }
}

/** The words that run a program under strace with a fault in the n-th of these calls of a thread. */
export const inject = (calls: string, fault: string, nth: number | string): readonly string[] => [
  ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`],
  ...['-e', `inject=${calls}:${fault}:when=${nth}`],
]
