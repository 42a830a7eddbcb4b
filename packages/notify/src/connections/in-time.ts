import { deliveryFailure } from '../errors.ts'

/** Why an attempt ends at its time. */
export const outOfTime = (): Error => new DOMException('out of time', 'TimeoutError')

/**
 * Ends what comes before something is sent at its time, and with another signal, also where it does not listen. The timer is held here:
 * signals that are joined are lost to garbage collection on Node 20.
 */
export function inTime<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  run: (attempt: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const attempt = new AbortController()
    const end = (why: string): void => {
      attempt.abort(outOfTime())
      reject(deliveryFailure('transient', `the attempt ${why} before anything was sent`, { arrived: 'no' }))
    }
    const abort = (): void => end('was aborted')
    if (signal?.aborted === true) {
      abort()
      return
    }
    signal?.addEventListener('abort', abort)
    const timer = setTimeout(() => end('ran out of time'), timeoutMs)
    run(attempt.signal)
      .finally(() => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      })
      .then(resolve, reject)
  })
}
