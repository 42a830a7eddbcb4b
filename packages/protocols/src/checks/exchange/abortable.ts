/**
 * A promise that the signal rejects at once with its reason. `begin` starts the work and gives what frees it, which is called once,
 * whatever comes of it.
 */
export function abortable<T>(
  signal: AbortSignal,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    const run: { isSettled: boolean; free?: () => void } = { isSettled: false }
    const settle = (end: () => void): void => {
      if (run.isSettled) return
      run.isSettled = true
      signal.removeEventListener('abort', abort)
      run.free?.()
      end()
    }
    const fail = (error: Error): void => settle(() => reject(error))
    const abort = (): void => fail(signal.reason as Error)
    signal.addEventListener('abort', abort)
    const free = begin((value) => settle(() => resolve(value)), fail)
    // It may have settled in the call, before there was anything to free by.
    if (run.isSettled) free()
    else run.free = free
  })
}

/** What a user's function gives, at once or later, unless the signal ends the wait: it need not heed that. */
export const untilAborted = <T>(signal: AbortSignal, given: T | PromiseLike<T>): Promise<T> =>
  abortable(signal, (resolve, reject) => {
    void Promise.resolve(given).then(resolve, reject)
    return () => undefined
  })
