import type { Histogram, SampleKind, Series } from '@tocsin/core'

/** What {@link evaluate} needs of a sample; any type with these fields will do, and comes back in what it decides. */
export interface FaultInput {
  /** The series that it is of; looked up by `key`. */
  readonly series: Series
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  /** What rules compare: a finite number or a text. A histogram only shows that the series lives. */
  readonly value: number | string | Histogram
  /** Only `stale` means something here: the source reports the series no longer, and nothing is judged. */
  readonly kind?: SampleKind | undefined
  /** Arrival time, ms since the Unix epoch. It can make a sample older than its delivery says, never younger. */
  readonly receivedAt?: number
}
