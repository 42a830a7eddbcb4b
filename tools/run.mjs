// The two commands of the README, on a fresh clone with only Node and npm: installs what is missing, then runs.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => fileURLToPath(new URL(path, new URL('..', import.meta.url)))

const tasks = {
  start: [
    process.execPath,
    '--conditions=tocsin-source',
    '--import',
    'tsx',
    at('examples/observatory/main.ts'),
  ],
  test: [process.execPath, at('node_modules/vitest/vitest.mjs'), 'run', '--project', '!browser'],
}

const [name, ...rest] = process.argv.slice(2)
const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined
if (task === undefined) {
  console.error(`usage: node tools/run.mjs ${Object.keys(tasks).join('|')} [arguments]`)
  process.exit(1)
}

installWhatIsMissing()
const [program, ...given] = task
const child = spawn(program, [...given, ...rest], { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)))

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
