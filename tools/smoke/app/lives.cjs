// Lives of a writer of one journal: one that is killed, one that is refused meanwhile, one that counts what is left.
const assert = require('node:assert/strict')

/** Appends without end; says which record is durable, after it is. */
exports.write = async ({ journal }, folder) => {
  const open = await journal.openJournal(folder, { codec: journal.jsonCodec() })
  for (;;) {
    const { lastSeq } = await open.append({ filler: 'x'.repeat(200) })
    console.log(lastSeq)
  }
}

/** What somebody gets who opens the folder of a writer that runs. */
exports.refused = async ({ journal }, folder) => {
  await assert.rejects(journal.openJournal(folder, { codec: journal.jsonCodec() }), ({ code, facts }) => {
    console.log(code, facts.pid)
    return true
  })
}

/** How many records are there, and that none is missing between. */
exports.recover = async ({ journal, rxjs }, folder) => {
  const open = await journal.openJournal(folder, { codec: journal.jsonCodec() })
  const count = async (sum, batch) => {
    assert.deepEqual(batch.gaps, [])
    return (await sum) + batch.values.length
  }
  const records = open
    .readFrom('oldest', { until: { seq: open.stats.lastSeq + 1 } })
    .pipe(rxjs.reduce(count, 0))
  console.log(await rxjs.lastValueFrom(records))
  await open.append({ filler: 'after' })
  await open.close()
}

/** What a runtime that does not permit it gets. */
exports.forbidden = async ({ journal }, folder) => {
  await assert.rejects(journal.openJournal(folder), ({ code, message }) => {
    console.log(code, message)
    return true
  })
}
