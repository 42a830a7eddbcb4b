// A subscriber that is far behind reads everything; what the process takes is noted ten times on the way.
import { openJournal } from '@tocsin/journal'

const journal = await openJournal(process.argv[2])
const { lastSeq } = journal.stats
const subscriber = await journal.subscriber('behind', { from: 'oldest' })
const points = []
let records = 0
let bytes = 0
let first = 0

const note = () => {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  points.push({ records, rss, heapUsed, arrayBuffers })
}

await new Promise((resolve, reject) => {
  const subscription = subscriber.batches().subscribe({
    next: ({ values, ack }) => {
      for (const value of values) {
        bytes += value.length
        first += value[0]
      }
      records += values.length
      ack()
      if (records * 10 >= lastSeq * (points.length + 1)) note()
      if (records < lastSeq) return
      queueMicrotask(() => subscription.unsubscribe())
      resolve()
    },
    error: reject,
  })
})
await journal.close()
if (bytes !== records * 100 || first !== records * 120)
  throw new Error(`read ${bytes} bytes of ${records} records`)
console.log(JSON.stringify({ points, peak: process.resourceUsage().maxRSS * 1024 }))
