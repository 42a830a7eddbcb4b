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
  // Told by tools/run.mjs when the npm that started it is gone; never a second wish.
  process.on('disconnect', request)
  return {
    requested,
    get isRequested() {
      return since !== undefined
    },
  }
}
