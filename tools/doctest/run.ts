import { spawn } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { instrument, recorder } from './expectations.ts'
import type { Snippet } from './extract.ts'

/** Printed by the snippet's own process, behind this mark, as `[line, text]`. */
const mark = '\u0000printed'
const prelude = [
  `import { format as __format } from 'node:util'`,
  `const ${recorder} = (line, ...values) => process.stdout.write(${JSON.stringify(mark)} + JSON.stringify([line, __format(...values)]) + '\\n')`,
].join('; ')

/**
 * Runs a snippet in a process of its own in an empty folder. Gives what is wrong: the exit, or each statement that printed
 * something else than its comment says. An empty list is a success.
 */
export async function runSnippet(snippet: Snippet, root: string): Promise<readonly string[]> {
  const { code, expectations } = instrument(snippet.code)
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-doc-'))
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    // On one line, so that the lines of an error are those of the snippet.
    await writeFile(join(folder, 'snippet.ts'), `${prelude}; ${code}`)
    const { exit, output, errors } = await execute(folder)
    if (exit !== 0) return [`ended with ${exit}: ${errors.trim() || output.trim()}`]
    const printed = new Map<number, string[]>()
    for (const line of output.split('\n')) {
      if (!line.startsWith(mark)) continue
      const [at, text] = JSON.parse(line.slice(mark.length)) as [number, string]
      printed.set(at, [...(printed.get(at) ?? []), text])
    }
    return expectations.flatMap(({ line, prints }) => {
      const actual = (printed.get(line) ?? []).join('\n')
      const expected = prints.join('\n')
      return actual === expected
        ? []
        : [`line ${snippet.line + line - 1}: expected ${expected}, printed ${actual || 'nothing'}`]
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function execute(folder: string): Promise<{ exit: string | number; output: string; errors: string }> {
  const child = spawn(process.execPath, ['--conditions=tocsin-source', '--import', 'tsx', 'snippet.ts'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    env: { ...process.env, NO_COLOR: '1' },
  })
  const [output, errors, exit] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise<string | number>((resolve) =>
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing')),
    ),
  ])
  return { exit, output, errors }
}

async function read(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk)
  return text
}
