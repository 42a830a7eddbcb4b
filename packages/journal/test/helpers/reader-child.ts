import { jsonCodec } from '../../src/index.ts'
import { openJournalReader } from '../../src/reader/index.ts'

// Reads a journal that another process writes, with a cursor of its own, and prints what it gets and acknowledges.
const [directory = ''] = process.argv.slice(2)
const reader = await openJournalReader(directory, { codec: jsonCodec<string>(), pollMs: 5, cursorSyncMs: 5 })
const subscriber = await reader.subscriber('reader')
process.stdout.write(`from ${subscriber.ackedSeq}\n`)
subscriber.batches({ maxRecords: 100 }).subscribe({
  next: (batch) => {
    for (const { fromSeq, toSeq, reason } of batch.gaps)
      process.stdout.write(`gap ${fromSeq} ${toSeq} ${reason}\n`)
    for (const [index, value] of batch.values.entries())
      process.stdout.write(`${batch.position.firstSeq + index} ${value}\n`)
    batch.ack()
  },
  error: (error: unknown) => process.stdout.write(`${String(error)}\n`),
})
