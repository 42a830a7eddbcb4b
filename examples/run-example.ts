import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How an example ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly printed: string
}

/** An example that runs. */
export interface Running {
  /** What it has printed so far. */
  readonly printed: () => string
  /** Ends it as Ctrl+C does. */
  readonly interrupt: () => void
  readonly ended: Promise<Ended>
}

/** Starts an example in a process of its own, as `npm run example` does. */
export function startExample(folder: string, ...more: readonly string[]): Running {
  const main = join(import.meta.dirname, folder, 'main.ts')
  const words = ['--import', 'tsx', main, ...more]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, printed }))
  })
  return { printed: () => printed, interrupt: () => child.kill('SIGINT'), ended }
}

/** Runs an example until it ends. */
export const runExample = (folder: string, ...more: readonly string[]): Promise<Ended> =>
  startExample(folder, ...more).ended

/** A folder for the data of an example, which goes with the test. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-example-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
