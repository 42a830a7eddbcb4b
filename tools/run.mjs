// The commands that work on a fresh clone with only Node and npm: installs what is missing, then runs.
//
// What is asked for runs in this process and in no child: a signal or a kill meets the program itself, its exit code is
// this one's, and nothing can be left behind.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { watchStarter } from './starter.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => fileURLToPath(new URL(path, new URL('..', import.meta.url)))

const vitest = ['node_modules/vitest/vitest.mjs', 'run']
/** What each command runs: a file, JavaScript or TypeScript, and its arguments. */
const tasks = {
  start: (rest) => ['examples/observatory/main.ts', ...rest],
  example: ([number, ...rest]) => {
    const folder = exampleOf(number)
    const main = `examples/${folder}/main.ts`
    // An example without a program is a suite of tests.
    return existsSync(at(main))
      ? [main, ...rest]
      : [...vitest, '--project', 'examples', `examples/${folder}/test/pipeline.test.ts`, ...rest]
  },
  // Vitest runs each project that any of the filters lets pass, so one that was asked for stands alone.
  test: (rest) => [
    ...vitest,
    ...(rest.some((word) => word.startsWith('--project')) ? [] : ['--project', '!long']),
    ...rest,
  ],
  explore: (rest) => {
    process.env.FC_SEED ??= String(randomInt(1, 2 ** 31))
    process.env.FC_NUM_RUNS ??= '20000'
    console.log(`FC_SEED=${process.env.FC_SEED} FC_NUM_RUNS=${process.env.FC_NUM_RUNS}`)
    return [...vitest, ...rest, ...(rest.some((word) => word.endsWith('.ts')) ? [] : filesWithProperties())]
  },
}

const [name, ...rest] = process.argv.slice(2)
const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined
if (task === undefined) {
  console.error(`usage: node tools/run.mjs ${Object.keys(tasks).join('|')} [arguments]`)
  process.exit(1)
}

// Node's own name for a parent that is gone. Before the program listens for it there is nothing to put away.
if (name === 'start') watchStarter(() => process.emit('disconnect') || process.exit(1))
process.chdir(root)
const [file, ...given] = task(rest)
installWhatIsMissing()
await runHere(at(file), given)

/** As `node file ...given`, TypeScript included. */
async function runHere(path, given) {
  if (path.endsWith('.ts')) {
    const { register } = await import('tsx/esm/api')
    register()
  }
  process.argv = [process.execPath, path, ...given]
  await import(pathToFileURL(path).href)
}

/** The folder of an example by its number; lists them where there is none such. */
function exampleOf(number) {
  const folders = readdirSync(at('examples')).filter((name) => /^\d\d-/.test(name))
  const folder = folders.find((name) => name === number || name.slice(0, 2) === number?.padStart(2, '0'))
  if (folder !== undefined) return folder
  const lines = folders.map((name) => {
    const { description } = JSON.parse(readFileSync(at(`examples/${name}/package.json`), 'utf8'))
    return `  npm run example ${name.slice(0, 2)}   ${description}`
  })
  const missing = number === undefined ? 'The examples:' : `There is no example ${number}; there are:`
  console[number === undefined ? 'log' : 'error']([missing, ...lines].join('\n'))
  process.exit(number === undefined ? 0 : 1)
}

function filesWithProperties() {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  return stdout
    .split('\n')
    .filter(
      (file) =>
        file !== '' && existsSync(at(file)) && /fc\.(assert|check)\(/.test(readFileSync(at(file), 'utf8')),
    )
}

function installWhatIsMissing() {
  // npm writes the hidden lock file last, so it is as old as the last complete install.
  const installed = at('node_modules/.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(at('package-lock.json')).mtimeMs)
    return
  console.log('Installing the dependencies with npm ci (once, about a minute) …')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) {
    console.error('npm ci failed; see the lines above, and try it by hand in this folder.')
    process.exit(npm.status ?? 1)
  }
}
