// The commands that work on a fresh clone with only Node and npm: installs what is missing, then runs.
//
// What is asked for runs in this process and in no child: a signal or a kill meets the program itself, its exit code is
// this one's, and nothing can be left behind.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => fileURLToPath(new URL(path, new URL('..', import.meta.url)))

const vitest = ['node_modules/vitest/vitest.mjs', 'run']
/** What each command runs: a file, JavaScript or TypeScript, and its arguments. */
const tasks = {
  start: (rest) => ['examples/observatory/main.ts', ...rest],
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

process.chdir(root)
installWhatIsMissing()
const [file, ...given] = task(rest)
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
