// Runs the tests of docs/guides/testing.md as a new user would: from packed tarballs, in vitest, node:test and Jest.
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import ts from 'typescript'

import { makeApp } from './app.mjs'

const execute = promisify(execFile)

/** The tests of the guide: the heading above each piece of code, its imports, and the rest as the body of a test. */
function guideTests() {
  const page = readFileSync(new URL('../../docs/guides/testing.md', import.meta.url), 'utf8')
  const pieces = page.matchAll(/^## (.+)$(?:(?!^## )[^])*?^```ts\n([^]*?)^```$/gm)
  return [...pieces].map(([, title, code]) => {
    const lines = code.split('\n')
    const imports = lines.filter((line) => line.startsWith('import '))
    return { title, imports, body: lines.filter((line) => !line.startsWith('import ')) }
  })
}

const own = `
import assert from 'node:assert/strict'
import { source } from '@tocsin/protocols'
import { sourceConformance } from '@tocsin/protocols/testing'
const create = () => source((run) => {
  const timer = setInterval(() => run.hasRoom && run.emit([1]))
  return () => clearInterval(timer)
})
for (const { name, run } of sourceConformance({ create })) test(name, run)
`

/** Ends what hangs, ms; it measures nothing. */
const limit = 60_000

const runners = {
  vitest: {
    from: 'vitest',
    command: ['node_modules/vitest/vitest.mjs', 'run', '--dir', 'vitest', `--testTimeout=${limit}`],
  },
  node: { from: 'node:test', command: ['--test', 'node/'] },
  jest: {
    from: '@jest/globals',
    command: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.json'],
  },
}

/** The guide's tests and one of a source of one's own, for one runner; a test that fails must be seen to fail. */
async function runGuide(app, tests, [name, { from, command }]) {
  const run = () => execute(process.execPath, command, { cwd: app })
  mkdirSync(join(app, name))
  const files = tests.map(({ title, imports, body }) => [
    ...imports,
    `test(${JSON.stringify(title)}, async () => {`,
    ...body,
    '})',
  ])
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }
  for (const [index, lines] of [...files, [own]].entries()) {
    const code = [`import { test } from '${from}'`, ...lines].join('\n')
    writeFileSync(join(app, name, `${index}.test.mjs`), ts.transpile(code, options))
  }
  await run()
  const planted = `import { test } from '${from}'\ntest('planted', async () => { throw new Error('planted') })\n`
  writeFileSync(join(app, name, 'planted.test.mjs'), planted)
  const outcome = await run().catch((error) => error)
  if (!(outcome instanceof Error && `${outcome.stdout}${outcome.stderr}`.includes('planted')))
    throw new Error(`${name} did not see a test that fails:\n${outcome.stdout}`)
}

/** One task: an app of its own with all three runners. */
export const kitTask = (folder, tarballs) => [
  'tests of the guide in vitest, node:test and Jest',
  async () => {
    const app = join(folder, 'kit')
    await makeApp(app, 'rxjs@7', 'fast-check@4', 'vitest@4', 'jest@30', ...tarballs)
    writeFileSync(
      join(app, 'jest.json'),
      JSON.stringify({
        transform: {},
        testTimeout: limit,
        testMatch: ['**/jest/*.test.mjs'],
        moduleFileExtensions: ['mjs', 'js'],
      }),
    )
    const tests = guideTests()
    if (tests.length < 5) throw new Error(`the guide has ${tests.length} tests, of at least 5`)
    for (const runner of Object.entries(runners)) await runGuide(app, tests, runner)
  },
]
