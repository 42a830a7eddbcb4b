/** What can be acknowledged: a batch of the journal, of a live branch, or of one's own. */
export interface Acknowledgeable {
  /** Says that this and everything before it is dealt with, and lets the next come. */
  ack(): void
}

/** Acknowledges batches in the order in which they were begun, whatever the order in which they are done. */
export interface AckOrder {
  /** Takes a batch in; the function says that it is done, and is harmless when repeated. */
  begin(batch: Acknowledgeable): () => void
}

/** Holds the batches that are not acknowledged. */
export function createAckOrder(): AckOrder {
  // A set keeps the order of insertion and gives its first up without moving the rest.
  const open = new Set<{ readonly batch: Acknowledgeable; done: boolean }>()
  return {
    begin: (batch) => {
      const entry = { batch, done: false }
      open.add(entry)
      return () => {
        entry.done = true
        for (const first of open) {
          if (!first.done) return
          // Gone before its ack, which may bring in the next one within the call.
          open.delete(first)
          first.batch.ack()
        }
      }
    },
  }
}
