// Opens a journal as a process does that was just started, and says how long that took.
import { openJournal } from '@tocsin/journal'

const start = performance.now()
const journal = await openJournal(process.argv[2])
const ms = performance.now() - start
const { lastSeq } = journal.stats
await journal.close()
console.log(JSON.stringify({ ms, lastSeq }))
