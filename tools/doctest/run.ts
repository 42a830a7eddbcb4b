import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bundle } from './bundle.ts'
import { instrument, recorder } from './expectations.ts'
import type { Snippet } from './extract.ts'

/** Printed by the snippet itself, behind this mark, as `[line, text]`. */
const mark = '\u0000printed'
// On one line with the first of the snippet, so that the lines of an error are those of the snippet.
const prelude = [
  `import { format as __format } from 'node:util'`,
  `const ${recorder} = (line, ...values) => process.stdout.write(${JSON.stringify(mark)} + JSON.stringify([line, __format(...values)]) + '\\n')`,
].join('; ')
const threads = fileURLToPath(new URL('threads.mjs', import.meta.url))

interface Outcome {
  readonly file: string
  readonly exit: string | number
  readonly output: string
  readonly errors: string
}

/**
 * Runs snippets, each in a thread and an empty folder of its own. Gives what is wrong with each: how it ended, or the
 * statements that printed something else than their comments say. An empty list is a success.
 */
export async function runSnippets(
  all: readonly Snippet[],
  root: string,
  limitMs = 60_000,
): Promise<ReadonlyMap<Snippet, readonly string[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-doctest-'))
  try {
    const modules = new Map(
      all.map(({ code }, index) => [`snippet${index}`, `${prelude}; ${instrument(code).code}\nexport {}`]),
    )
    const made = await bundle(modules, folder, root)
    const files = [...made.values()].flatMap((result) => ('file' in result ? [result.file] : []))
    const outcomes = await runAll(files, limitMs)
    return new Map(
      all.map((snippet, index) => {
        const result = made.get(`snippet${index}`)
        if (result === undefined || 'problem' in result)
          return [snippet, [result?.problem ?? 'was not built']]
        return [snippet, judge(snippet, outcomes.get(result.file))]
      }),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function judge(snippet: Snippet, outcome: Outcome | undefined): readonly string[] {
  if (outcome === undefined) return ['did not run']
  const { exit, output, errors } = outcome
  if (exit !== 0) return [`ended with ${exit}: ${errors.trim() || output.trim()}`]
  const printed = new Map<number, string[]>()
  for (const line of output.split('\n')) {
    if (!line.startsWith(mark)) continue
    const [at, text] = JSON.parse(line.slice(mark.length)) as [number, string]
    printed.set(at, [...(printed.get(at) ?? []), text])
  }
  return instrument(snippet.code).expectations.flatMap(({ line, prints }) => {
    const actual = (printed.get(line) ?? []).join('\n')
    const expected = prints.join('\n')
    return actual === expected
      ? []
      : [`line ${snippet.line + line - 1}: expected ${expected}, printed ${actual || 'nothing'}`]
  })
}

/** Runs programs in as many processes as there are processors. */
async function runAll(files: readonly string[], limitMs: number): Promise<ReadonlyMap<string, Outcome>> {
  const processes = Math.min(files.length, availableParallelism())
  const shares = Array.from({ length: processes }, (_, at) =>
    files.filter((__, index) => index % processes === at),
  )
  const outcomes = await Promise.all(shares.map((share) => runInOneProcess(share, limitMs)))
  return new Map(outcomes.flat().map((outcome) => [outcome.file, outcome]))
}

/** Where a program takes the process with it, the others go on in a new one. */
async function runInOneProcess(files: readonly string[], limitMs: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  while (outcomes.length < files.length) {
    const left = files.slice(outcomes.length)
    const child = fork(threads, [String(limitMs), ...left], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--enable-source-maps'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.on('message', (outcome) => outcomes.push(outcome as Outcome))
    const exit = await new Promise<string | number>((resolve) =>
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing')),
    )
    const stopped = files[outcomes.length]
    if (stopped !== undefined) outcomes.push({ file: stopped, exit, output: '', errors })
  }
  return outcomes
}
