import type { ReplaySink } from '../../src/log/reading-sink.ts'

/** A sink that keeps what it was called with. */
export function recording(): { readonly events: unknown[][]; readonly sink: ReplaySink } {
  const events: unknown[][] = []
  const keep =
    (name: string) =>
    (...values: readonly unknown[]): void =>
      void events.push([name, ...values])
  const sink: ReplaySink = {
    record: keep('record'),
    name: keep('name'),
    number: keep('number'),
    counter: keep('counter'),
    text: keep('text'),
  }
  return { events, sink }
}
