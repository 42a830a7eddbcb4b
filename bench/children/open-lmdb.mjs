import { openLmdb } from '../records.mjs'

const start = performance.now()
const db = openLmdb(process.argv[2])
// It maps the file at once and reads of it on demand.
const [last] = db.getKeys({ reverse: true, limit: 1 })
const ms = performance.now() - start
await db.close()
console.log(JSON.stringify({ ms, lastSeq: last.readUInt32BE(4) }))
