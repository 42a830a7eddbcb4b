import type { Observable } from 'rxjs'
import { Subject } from 'rxjs'

/** Passes records on once they are durable. */
export interface LiveRecords<T> {
  readonly batches: Observable<readonly T[]>
  /** Whether somebody watches. */
  readonly watched: boolean
  /** These are written, the last with this sequence number. Kept until they are durable, where somebody watches. */
  written(values: readonly T[], lastSeq: number): void
  /** Everything up to here is durable. */
  durable(seq: number): void
  complete(): void
}

export function createLiveRecords<T>(): LiveRecords<T> {
  const subject = new Subject<readonly T[]>()
  const waiting: { readonly values: readonly T[]; readonly lastSeq: number }[] = []
  let durableSeq = 0

  const deliver = (): void => {
    while ((waiting[0]?.lastSeq ?? Infinity) <= durableSeq) {
      const { values = [] } = waiting.shift() ?? {}
      subject.next(values)
    }
  }
  return {
    batches: subject.asObservable(),
    get watched() {
      return subject.observed
    },
    written: (values, lastSeq) => {
      if (subject.observed) waiting.push({ values, lastSeq })
      deliver()
    },
    durable: (seq) => {
      durableSeq = seq
      deliver()
    },
    complete: () => subject.complete(),
  }
}
