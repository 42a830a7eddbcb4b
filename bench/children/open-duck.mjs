// Opens a DuckDB file of minutes as a process does that was just started, asks for one day, and says how long both took.
import { openDuck, rowColumns } from '../rollup-peers.mjs'

const [folder, minute] = process.argv.slice(2)
const start = performance.now()
const db = await openDuck(folder, 'minutes', ['series', 'minute'], rowColumns)
const opened = performance.now()
const [values] = await db.query(
  `select sum / count from minutes where series = 0 and minute >= ${minute} and minute < ${Number(minute) + 1440} order by minute`,
)
console.log(JSON.stringify({ ms: opened - start, firstMs: performance.now() - opened, slots: values.length }))
await db.close()
