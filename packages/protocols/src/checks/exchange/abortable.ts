/**
 * A promise that the signal rejects at once with its reason. `begin` starts the work and gives what frees it, which is called once,
 * whatever comes of it.
 */
export function abortable<T>(
  signal: AbortSignal,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    let isSettled = false
    let free: (() => void) | undefined
    const settle = (end: () => void): void => {
      if (isSettled) return
      isSettled = true
      signal.removeEventListener('abort', abort)
      free?.()
      end()
    }
    const fail = (error: unknown): void => settle(() => reject(error as Error))
    const abort = (): void => fail(signal.reason)
    signal.addEventListener('abort', abort)
    const begun = begin((value) => settle(() => resolve(value)), fail)
    // It may have settled in the call, before there was anything to free by.
    if (isSettled) begun()
    else free = begun
  })
}
