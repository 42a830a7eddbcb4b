// Type-checks every entry of every package, and the programs of their READMEs, with the versions of TypeScript in use.
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { entries, packages } from './app.mjs'
import { downloaded } from './downloads.mjs'

const run = promisify(execFile)

/** The oldest that works with the types of rxjs and Node, the last written in TypeScript, and the native one. */
const versions = ['5.7.3', '5.9.3', '6.0.3', '7.0.2']

/** Main entries that run in a browser; so does each engine. */
const neutral = ['@tocsin/rollup', '@tocsin/fault', '@tocsin/notify']

const strict = {
  target: 'ES2023',
  strict: true,
  noEmit: true,
  skipLibCheck: false,
}
const node = { lib: ['ES2023', 'ESNext.Disposable'], types: ['node'] }
const bundler = { module: 'ESNext', moduleResolution: 'bundler' }

const importing = (list) =>
  [
    ...list.map(([name, path]) => `import * as ${name} from '${path}'`),
    `export const all = { ${list.map(([name]) => name).join(', ')} }`,
  ].join('\n')

/** The programs of a README. */
const programs = (app, name) =>
  [
    ...readFileSync(join(app, 'node_modules/@tocsin', name, 'README.md'), 'utf8').matchAll(
      /^```ts\n([^]*?)^```$/gm,
    ),
  ].map(([, code], index) => [`${name}-${index}.mts`, `${code}\nexport {}\n`])

/** Writes what is checked: all entries, as ESM and as CommonJS, what a browser may import, and the programs. */
function writeSources(app) {
  const folder = join(app, 'types')
  mkdirSync(folder)
  const all = entries(app)
  const browser = all.filter(([, path]) => neutral.includes(path) || path.endsWith('/engine'))
  const readmes = packages.flatMap((name) => programs(app, name))
  const files = [
    ['all.mts', importing(all)],
    ['all.cts', importing(all)],
    ['browser.mts', importing(browser)],
    ...readmes,
  ]
  for (const [file, text] of files) writeFileSync(join(folder, file), text)
  return { folder, readmes: readmes.map(([file]) => file) }
}

/** What each version checks: the programs of the READMEs once, the entries by each way to find them. */
function projects(version, readmes) {
  // TypeScript knows since 5.8 that CommonJS may require what is ESM.
  const commonjs = version.startsWith('5.7.') ? [] : ['all.cts']
  return {
    nodenext: [{ ...node, module: 'NodeNext' }, ['all.mts', ...commonjs, ...readmes]],
    bundler: [{ ...node, ...bundler }, ['all.mts']],
    browser: [{ ...bundler, lib: ['ES2023', 'DOM'], types: [] }, ['browser.mts']],
  }
}

/** One task for each version. */
export function typeTasks(app) {
  const { folder, readmes } = writeSources(app)
  return versions.map((version) => [
    `TypeScript ${version}`,
    async () => {
      const compiler = join(await downloaded(`typescript@${version}`), 'typescript/bin/tsc')
      for (const [name, [options, files]] of Object.entries(projects(version, readmes))) {
        const config = `${version}-${name}.json`
        const compilerOptions = { ...strict, ...options }
        writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, files }))
        await run(process.execPath, [compiler, '-p', config], { cwd: folder })
      }
    },
  ])
}
