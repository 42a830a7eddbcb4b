import { batchSize, key, openLmdb, record } from '../records.mjs'

const [folder, bytes] = process.argv.slice(2)
const db = openLmdb(folder)
let seq = 0
for (let left = Number(bytes); left > 0; left -= 100 * batchSize * record.length) {
  db.transactionSync(() => {
    for (let index = 0; index < 100 * batchSize; index++) db.putSync(key(++seq), record, { append: true })
  })
}
await db.flushed
await db.close()
console.log(JSON.stringify(seq))
