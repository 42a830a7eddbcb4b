import { abortable } from '../exchange/abortable.ts'

/** What a user's function gives, at once or later, unless the signal ends the wait: it need not heed that. */
export const untilAborted = <T>(signal: AbortSignal, given: T | PromiseLike<T>): Promise<T> =>
  abortable(signal, (resolve, reject) => {
    void Promise.resolve(given).then(resolve, reject)
    return () => undefined
  })
