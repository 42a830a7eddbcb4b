// Adds so many bytes of records to a journal that leaves them to the operating system, then closes it or dies.
import { openJournal } from '@tocsin/journal'

import { batch, batchSize, record } from '../records.mjs'

const [folder, bytes, end] = process.argv.slice(2)
const journal = await openJournal(folder, { durability: 'os' })
for (let left = Number(bytes); left > 0; left -= batchSize * record.length) await journal.appendBatch(batch)
if (end === 'kill') process.kill(process.pid, 'SIGKILL')
else await journal.close()
console.log(JSON.stringify(journal.stats.lastSeq))
