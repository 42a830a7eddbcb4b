/** A value, or the promise of one. */
export type MaybePromise<Value> = Value | Promise<Value>

/** Goes on at once where there is nothing to wait for, so that what needs no I/O runs in virtual time without a turn of the event loop. */
export function whenDone<Value>(
  work: () => MaybePromise<Value>,
  done: (value: Value) => void,
  failed: (error: unknown) => void,
): void {
  let value: MaybePromise<Value>
  try {
    value = work()
  } catch (error) {
    failed(error)
    return
  }
  if (value instanceof Promise) value.then(done, failed)
  else done(value)
}
