// Opens a store of rollups as a process does that was just started, asks for one day, and says how long both took.
import { openRollupStore } from '@tocsin/rollup/store'

const [folder, select, from] = process.argv.slice(2)
const start = performance.now()
const store = await openRollupStore(folder)
const opened = performance.now()
const answer = await store.fetch({
  select,
  from: Number(from),
  to: Number(from) + 86_400_000,
  period: '1m',
  value: 'average',
})
const ms = opened - start
console.log(JSON.stringify({ ms, firstMs: performance.now() - opened, slots: answer[0]?.values.length ?? 0 }))
await store.close()
