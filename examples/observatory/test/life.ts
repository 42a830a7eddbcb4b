import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { vi } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const patience = { timeout: 50_000, interval: 50 }

/** Node whose file system has a fault, by a line of code that is run before all others. */
const withFault = (code: string): readonly string[] => {
  const module = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'
    ${code}; syncBuiltinESMExports()`
  return [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(module)}`]
}
/** Never lets the folder of the journal go; the log of faults has a lock of its own. */
export const hanging: readonly string[] = withFault(`const { rm } = fs.promises
  fs.promises.rm = (path, ...rest) =>
    String(path).endsWith('journal/LOCK') ? new Promise(() => {}) : rm(path, ...rest)`)
/** Cannot open files of that name. */
export const unopened = (file: string): readonly string[] =>
  withFault(`const { open } = fs
  fs.open = (path, ...rest) =>
    String(path).endsWith('${file}') ? rest.at(-1)(new Error('the disk is gone')) : open(path, ...rest)`)

/** A command that runs the observatory, in a process group of its own as a terminal would start it. */
export interface Life {
  readonly child: ChildProcess
  readonly url: string
  readonly trapUrl: string
  /** The process that has the ports. */
  readonly pid: number
  output(): string
  errors(): string
  /** How the command itself ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** A signal to all of the group, as a terminal gives it. */
  toAll(signal: NodeJS.Signals): void
  /** Waits until nothing listens at the address any more, and the process that did is gone. */
  gone(): Promise<void>
}

const ports = ['--http-port', '0', '--statsd-port', '0', '--graphite-port', '0']

/** Runs `node tools/run.mjs start` or `npm start --` with free ports until it has printed where it listens. */
export async function live(
  command: readonly string[],
  data: string,
  ...more: readonly string[]
): Promise<Life> {
  const [program = '', ...args] = command
  const child = spawn(program, [...args, '--data', data, ...ports, ...more], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = new Promise<Awaited<Life['ended']>>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  await vi.waitUntil(() => output.includes('Ctrl+C stops') || (child.exitCode ?? 0) !== 0, patience)
  const url = /observatory: (\S+)/.exec(output)?.[1] ?? ''
  const { pid } = JSON.parse(await readFile(join(data, 'journal', 'LOCK'), 'utf8')) as { pid: number }
  return {
    child,
    url,
    trapUrl: /http:\S+\/httptrap\/\w+/.exec(output)?.[0] ?? '',
    pid,
    output: () => output,
    errors: () => errors,
    ended,
    toAll: (signal) => process.kill(-(child.pid ?? 0), signal),
    gone: async () => {
      await vi.waitUntil(() => !isAlive(pid), patience)
      await vi.waitUntil(() => refuses(Number(new URL(url).port)), patience)
    },
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(false)
    }).once('error', () => resolve(true))
  })
}
