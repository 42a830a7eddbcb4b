import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'

/** When to stop, and what ends the process if that does not. */
export interface Stopping {
  /** Resolves with the first wish to stop; later ones force an end. */
  readonly requested: Promise<void>
  readonly isRequested: boolean
}

/** One Ctrl+C arrives twice where npm passes on what the terminal gave to all: within this time signals are one wish, ms. */
const sameWishMs = 500
/** How long an orderly stop may take, ms. */
const longestMs = 30_000

/**
 * Listens for the end of the process. An orderly stop is what was asked for, so it ends with 0, as servers usually do; an end
 * that is forced by a second signal has 128 and its number, one that took too long has 1.
 *
 * @param unfinished - names what an orderly stop is waiting for
 */
export function listenForStop(unfinished: () => string): Stopping {
  let since: number | undefined
  let resolve = (): void => undefined
  const requested = new Promise<void>((done) => (resolve = done))
  const request = (): void => {
    if (since !== undefined) return
    since = performance.now()
    resolve()
    setTimeout(
      () => console.error(`Stopping, still busy with ${unfinished()}; once more ends it at once.`),
      sameWishMs,
    )
    setTimeout(() => {
      console.error(
        `Not stopped within ${longestMs / 1000} s, still busy with ${unfinished()}; ended as it is.`,
      )
      process.exit(1)
    }, longestMs)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (since !== undefined && performance.now() - since > sameWishMs) {
        console.error(`Ended at once by a second signal, ${signal}; what was acknowledged is on the disk.`)
        process.exit(128 + constants.signals[signal])
      }
      request()
    })
  }
  // What listens there may be gone before this process, which still has something to put away.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  if (process.env['npm_lifecycle_event'] === 'start') watchStarter(request)
  return {
    requested,
    get isRequested() {
      return since !== undefined
    },
  }
}

/**
 * Started by npm, this process ends with it. A kill does not come through: npm runs a shell that runs this, SIGKILL is never
 * passed on, and the shell passes on nothing. Only npm and its shell are watched: their own parents may go, as with `setsid`.
 */
function watchStarter(gone: () => void): void {
  const shell = process.ppid
  const starter = starterBehind(shell)
  const watch = setInterval(() => {
    if (process.ppid === shell && (starter === undefined || isAlive(starter))) return
    clearInterval(watch)
    gone()
  }, 500)
  watch.unref()
}

/** The npm behind a shell; `undefined` where the parent is npm itself, or cannot be looked at. */
function starterBehind(parent: number): number | undefined {
  const script = process.env['npm_lifecycle_script'] ?? ''
  try {
    const { parent: starter, command } = lookAt(parent)
    return script !== '' && command.includes(script) ? starter : undefined
  } catch {
    return undefined
  }
}

function lookAt(pid: number): { readonly parent: number; readonly command: string } {
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
