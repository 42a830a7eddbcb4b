import { closeSync, openSync, readdirSync } from 'node:fs'

import { codeOf } from '../../src/errors.ts'
import { JournalError, openJournal } from '../../src/index.ts'

// As many subscribers as are asked for, in a process whose open files are limited; tells what came of it in one line of JSON.
const [directory = '', count = '0'] = process.argv.slice(2)
const journal = await openJournal(directory, { segmentBytes: 4096, cursorSyncMs: 10 })
const descriptors = (): number => readdirSync('/proc/self/fd').length
const before = descriptors()

const received: number[] = []
const subscribers = []
for (let index = 0; index < Number(count); index += 1) subscribers.push(await journal.subscriber(`s${index}`))
const idle = descriptors() - before
const refusals = new Set<unknown>()
subscribers.forEach((subscriber, index) => {
  received[index] = 0
  const follow = (): void => {
    subscriber.batches().subscribe({
      next: (batch) => {
        received[index] = (received[index] ?? 0) + batch.values.length
        batch.ack()
      },
      error: (error: unknown) => {
        refusals.add(error instanceof JournalError && `${error.code} ${String(codeOf(error.cause))}`)
        setTimeout(follow, 10)
      },
    })
  }
  follow()
})
const all = async (records: number): Promise<void> => {
  while (received.some((got) => got < records)) await new Promise((resolve) => setTimeout(resolve, 5))
}
const record = new Uint8Array(1500)
await journal.append(record)
await all(1)
const reading = descriptors() - before

/** Others take every descriptor that is left. */
const taken: number[] = []
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch {
  // None is left.
}
let rejected = ''
for (let index = 0; index < 40; index += 1) {
  await journal.append(record).catch((error: unknown) => {
    rejected = String(error)
  })
}
const { state } = journal.health
while (taken.length > 0) closeSync(taken.pop() ?? -1)
await all(41)
await journal.close()
process.stdout.write(`${JSON.stringify({ idle, reading, rejected, state, refusals: [...refusals] })}\n`)
