/** Where in a journal the store is: the last record whose samples it holds. */
export interface RollupPosition {
  /** Which journal. */
  readonly journalId: string
  /** Sequence number of the record. */
  readonly seq: number
}
