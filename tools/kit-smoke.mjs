// Runs the tests of docs/guides/testing.md as a new user would: from packed tarballs, in vitest, node:test and Jest.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const names = ['journal', 'rollup', 'fault', 'notify', 'protocols']
const folder = mkdtempSync(join(tmpdir(), 'tocsin-kit-'))
const app = join(folder, 'app')
const run = (command, args, cwd = app) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** The tests of the guide: the heading above each piece of code, its imports, and the rest as the body of a test. */
function guideTests() {
  const page = readFileSync(join(root, 'docs/guides/testing.md'), 'utf8')
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

const runners = {
  vitest: { from: 'vitest', command: ['node_modules/vitest/vitest.mjs', 'run', '--dir', 'vitest'] },
  node: { from: 'node:test', command: ['--test', 'node/'] },
  jest: {
    from: '@jest/globals',
    command: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.json'],
  },
}

try {
  mkdirSync(app)
  const tarballs = names.map((name) =>
    join(
      folder,
      run('npm', ['pack', '--silent', '--pack-destination', folder], join(root, 'packages', name)).trim(),
    ),
  )
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  writeFileSync(
    join(app, 'jest.json'),
    JSON.stringify({ transform: {}, testMatch: ['**/jest/*.test.mjs'], moduleFileExtensions: ['mjs', 'js'] }),
  )
  const peers = ['rxjs@7', 'fast-check@4', 'vitest@4', 'jest@30']
  run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--loglevel=error',
    ...peers,
    ...tarballs,
  ])

  const tests = guideTests()
  if (tests.length < 5) throw new Error(`the guide has ${tests.length} tests, of at least 5`)
  for (const [name, { from, command }] of Object.entries(runners)) {
    mkdirSync(join(app, name))
    const files = tests.map(({ title, imports, body }) => [
      ...imports,
      `test(${JSON.stringify(title)}, async () => {`,
      ...body,
      '})',
    ])
    for (const [index, lines] of [...files, [own]].entries()) {
      const code = [`import { test } from '${from}'`, ...lines].join('\n')
      writeFileSync(
        join(app, name, `${index}.test.mjs`),
        ts.transpile(code, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }),
      )
    }
    try {
      run(process.execPath, command)
    } catch (error) {
      throw new Error(`${name} failed:\n${error.stdout}\n${error.stderr}`)
    }
    // A test that fails in a runner must be seen to fail.
    writeFileSync(
      join(app, name, 'planted.test.mjs'),
      `import { test } from '${from}'\ntest('planted', async () => { throw new Error('planted') })\n`,
    )
    const outcome = (() => {
      try {
        return run(process.execPath, command)
      } catch (error) {
        return `${error.stdout}${error.stderr}`.includes('planted') ? undefined : String(error.stdout)
      }
    })()
    if (outcome !== undefined) throw new Error(`${name} did not see a test that fails:\n${outcome}`)
  }
  console.log(`kit smoke: ${tests.length} tests of the guide pass in ${Object.keys(runners).join(', ')}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
