import { jsonCodec, openJournal } from '../../src/index.ts'

// A short life of a journal, the same each time: appends, rolls, two subscribers, retention. Prints what was acknowledged.
const [directory = '', tag = ''] = process.argv.slice(2)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

/** A disk that fails now and then: whatever was refused is asked for again. */
async function insist<R>(work: () => Promise<R>): Promise<R> {
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await work()
    } catch (error) {
      say(`refused ${String(error)}`)
      if (attempts === 3) process.exit(0)
    }
  }
}

const codec = jsonCodec<string>()
const journal = await insist(() => openJournal(directory, { codec, segmentBytes: 4096 }))
// A disk that fails is what this is about; on stderr stands only what is not expected.
journal.problems.subscribe({ error: console.error })
const fast = await insist(() => journal.subscriber('fast'))
await insist(() => journal.subscriber('slow'))
fast.batches({ maxRecords: 4 }).subscribe((batch) => {
  batch.ack()
  say(`acked ${fast.ackedSeq}`)
})
for (let index = 0; index < 6; index += 1) {
  const values = [0, 1].map((part) => `${tag}:${index}:${part}:${'x'.repeat(700)}`)
  try {
    const { firstSeq } = await journal.appendBatch(values)
    say(`appended ${firstSeq} ${values.join(' ')}`)
  } catch (error) {
    say(`refused ${String(error)}`)
  }
}
await insist(() => journal.removeSubscriber('slow'))
await journal.close()
say('closed')
