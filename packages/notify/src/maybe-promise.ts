/** A value, or the promise of one. */
export type MaybePromise<Value> = Value | Promise<Value>

/**
 * Goes on at once where there is nothing to wait for, so that what needs no I/O runs in virtual time without a turn of the event loop.
 * Whether there is something to wait for.
 */
export function whenDone<Value>(
  work: () => MaybePromise<Value>,
  done: (value: Value) => void,
  failed: (error: unknown) => void,
): boolean {
  let value: MaybePromise<Value>
  try {
    value = work()
  } catch (error) {
    failed(error)
    return false
  }
  if (isPromise(value)) {
    value.then(done, failed)
    return true
  }
  done(value)
  return false
}

// Promises of other realms and libraries are none by `instanceof`, and an append must not count before it is durable.
const isPromise = <Value>(value: MaybePromise<Value>): value is Promise<Value> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
