import type { Histogram, SampleKind, Series } from '@tocsin/core'

/**
 * What {@link evaluate} needs of a sample; any type with these fields will do, and comes back in what it decides. Each sample counts once: what
 * stands for many observations (`weight`) is to be rolled up before.
 */
export interface FaultInput {
  /** The series that it is of; looked up by `key`. */
  readonly series: Series
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  /** What rules compare: a number, of which only NaN tells nothing, or a text. A histogram only shows that the series lives. */
  readonly value: number | string | Histogram
  /** Only `stale` means something here: the source reports the series no longer, and it is forgotten. */
  readonly kind?: SampleKind | undefined
  /** Arrival time, ms since the Unix epoch. It can make a sample older than its delivery says, never younger. */
  readonly receivedAt?: number
  /** The collector that took it: samples are in order per series and source, and a source may fall silent as a whole. */
  readonly source?: string
  /**
   * Of samples with the same series, source and time the greatest counts: a correction. Where none has one, an equal value is the same
   * sample once more, and another value is another sample.
   *
   * @defaultValue 0
   */
  readonly revision?: number
}
