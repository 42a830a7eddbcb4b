import type { ReplaySink } from './reading-sink.ts'

/** Takes what is scanned. */
export type ScanSink = Omit<ReplaySink, 'name'>

/** What memory needs of the log: all readings of some time again. */
export interface ReadingLog {
  /**
   * Every window of the shortest length that starts here or later has all its readings in the log; `-Infinity` where nothing was ever
   * removed. Rises while the log is scanned when damage is met: look after the scan.
   */
  readonly completeFrom: number
  /**
   * The readings with `from <= time < to`, in order of arrival, those of the appends that resolved before the call. Yields every few ms.
   * `record` is called before the readings of each record that has any: what memory has seen, and what was flushed, is told apart by
   * place.
   */
  scan(from: number, to: number, sink: ScanSink): Promise<void>
}
