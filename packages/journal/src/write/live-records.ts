import type { Observable } from 'rxjs'
import { Subject } from 'rxjs'

/** Passes records on once they are durable. */
export class LiveRecords<T> {
  readonly #subject = new Subject<readonly T[]>()
  readonly #waiting: { readonly values: readonly T[]; readonly lastSeq: number }[] = []
  #durableSeq = 0
  readonly batches: Observable<readonly T[]> = this.#subject.asObservable()

  /** Whether somebody watches. */
  get watched(): boolean {
    return this.#subject.observed
  }

  /** These are written, the last with this sequence number. Kept until they are durable, where somebody watches. */
  written(values: readonly T[], lastSeq: number): void {
    if (this.watched) this.#waiting.push({ values, lastSeq })
    this.durable(this.#durableSeq)
  }

  /** Everything up to here is durable. */
  durable(seq: number): void {
    this.#durableSeq = seq
    while ((this.#waiting[0]?.lastSeq ?? Infinity) <= this.#durableSeq) {
      const { values = [] } = this.#waiting.shift() ?? {}
      this.#subject.next(values)
    }
  }

  complete(): void {
    this.#subject.complete()
  }
}
