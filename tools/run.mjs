// The commands that work on a fresh clone with only Node and npm: installs what is missing, then runs.
import { spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => fileURLToPath(new URL(path, new URL('..', import.meta.url)))

const vitest = [process.execPath, at('node_modules/vitest/vitest.mjs'), 'run']
const tasks = {
  start: (rest) => [process.execPath, '--import', 'tsx', at('examples/observatory/main.ts'), ...rest],
  example: ([number, ...rest]) => {
    const folder = exampleOf(number)
    const main = at(`examples/${folder}/main.ts`)
    // An example without a program is a suite of tests.
    if (!existsSync(main))
      return [...vitest, '--project', 'examples', `examples/${folder}/test/pipeline.test.ts`, ...rest]
    return [process.execPath, '--import', 'tsx', main, ...rest]
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

const [program, ...given] = task(rest)
installWhatIsMissing()
const child = spawn(program, given, { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)))

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
