// An empty app, as a stranger has it, in which the packed tarballs are installed.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { npmInstall } from './downloads.mjs'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

export const packages = ['journal', 'rollup', 'fault', 'notify', 'protocols']

/** Packs the five packages as they would be published. */
export const pack = (folder) =>
  Promise.all(
    packages.map(async (name) => {
      const words = ['pack', '--silent', '--pack-destination', folder]
      const { stdout } = await run('npm', words, { cwd: join(root, 'packages', name) })
      return join(folder, stdout.trim())
    }),
  )

/** Makes an app of what is named; npm must not refuse it. */
export async function makeApp(app, ...specs) {
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }))
  await npmInstall(app, ...specs)
  return app
}

/** What an installed package says of itself. */
export const manifest = (app, name) =>
  JSON.parse(readFileSync(join(app, 'node_modules/@tocsin', name, 'package.json'), 'utf8'))

/** Every entry of every package, of its own list: `['rollupStore', '@tocsin/rollup/store']`. */
export const entries = (app) =>
  packages.flatMap((name) =>
    Object.keys(manifest(app, name).exports)
      .filter((path) => path !== './package.json')
      .map((path) => {
        const words = [name, ...path.split('/').slice(1)]
        const capital = ([first, ...rest]) => first.toUpperCase() + rest.join('')
        const [first = '', ...rest] = words.flatMap((word) => word.split('-'))
        return [first + rest.map(capital).join(''), `@tocsin/${words.join('/')}`]
      }),
  )

/** Writes the programs of the app, with all entries handed to each, as ESM and as CommonJS. */
export function writePrograms(app) {
  cpSync(new URL('app', import.meta.url), app, { recursive: true })
  const named = [...entries(app), ['rxjs', 'rxjs']]
  const names = named.map(([name]) => name).join(', ')
  const call = `const [, , file, step, ...words] = process.argv\n`
  const esm = [
    ...named.map(([name, path]) => `import * as ${name} from '${path}'`),
    `${call}const program = await import(file)`,
    `await program.default[step]({ ${names} }, ...words)`,
  ]
  const cjs = [
    ...named.map(([name, path]) => `const ${name} = require('${path}')`),
    call,
    `require(file)[step]({ ${names} }, ...words).catch((error) => { console.error(error); process.exitCode = 1 })`,
  ]
  writeFileSync(join(app, 'esm.mjs'), esm.join('\n'))
  writeFileSync(join(app, 'cjs.cjs'), cjs.join('\n'))
}
