import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { buildSync } from 'esbuild'
import { afterAll } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

let file: string | undefined
afterAll(() => {
  if (file !== undefined) rmSync(file)
  file = undefined
})

/** The program as one file of JavaScript, until the tests of a file are over: to compile its modules at each start takes eight times as long. */
export function bundledMain(): string {
  if (file !== undefined) return file
  // Beside the page, which it finds from where it lies.
  mkdirSync(at('../artefacts'), { recursive: true })
  const outfile = at(`../artefacts/main-${process.pid}.mjs`)
  buildSync({
    entryPoints: [at('../main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    tsconfig: at('../../../tsconfig.base.json'),
    external: ['rxjs', 'nodemailer'],
  })
  file = outfile
  return outfile
}
