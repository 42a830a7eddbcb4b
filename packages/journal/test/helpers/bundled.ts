import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { onTestFinished } from 'vitest'

const bundles = new Map<string, string>()

/** A script as one file of JavaScript, until the test is over: to compile its modules in each process takes five times as long. */
export function bundled(script: URL): string {
  const code = bundles.get(script.pathname) ?? bundle(script.pathname)
  bundles.set(script.pathname, code)
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-script-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'script.mjs')
  writeFileSync(file, code)
  return file
}

const bundle = (path: string): string =>
  buildSync({
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
  }).outputFiles[0]!.text
