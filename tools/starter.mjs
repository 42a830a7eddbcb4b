import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Started by `npm start`, this process ends with npm: `gone` is called once. A kill does not come through: npm runs a shell that
 * runs this, SIGKILL is never passed on, and the shell passes on nothing. Only npm and its shell are watched: their own parents
 * may go, as with `setsid`; so may whatever else started this, although it is a script called start itself. To be called first
 * of all: who starts this may be gone while the rest is still loading.
 */
export function watchStarter(gone) {
  const { npm_lifecycle_event: event, npm_package_name: name } = process.env
  if (event !== 'start' || name !== 'tocsin') return
  const parent = process.ppid
  const npm = npmBehind(parent)
  const watch = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isParentOf(npm, parent))) return
    clearInterval(watch)
    gone()
  }, 500)
  watch.unref()
}

/** The npm behind a shell; `undefined` where the parent is npm itself, or cannot be looked at. */
function npmBehind(shell) {
  const script = process.env.npm_lifecycle_script ?? ''
  try {
    const { parent, command } = lookAt(shell)
    return script !== '' && command.includes(script) ? parent : undefined
  } catch {
    return undefined
  }
}

function lookAt(pid) {
  if (process.platform === 'linux') {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { parent: Number(parent), command }
  }
  const line = execFileSync('ps', ['-o', 'ppid=', '-o', 'args=', '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return { parent: Number.parseInt(line, 10), command: line }
}

/** A killed process answers as long as nobody has asked how it ended; on Linux it is no parent any more, which costs nothing to see. */
function isParentOf(npm, shell) {
  try {
    if (process.platform === 'linux') return lookAt(shell).parent === npm
    process.kill(npm, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
