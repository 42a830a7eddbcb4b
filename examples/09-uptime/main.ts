import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { evaluate } from '@tocsin/fault'
import { ackAfter, openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { consoleNotifier, notify } from '@tocsin/notify'
import { openNotifyStore } from '@tocsin/notify/store'
import { checks, checkSamples } from '@tocsin/protocols/checks'
import { openRollupStore } from '@tocsin/rollup/store'
import { merge, share, shareReplay, tap } from 'rxjs'

import { readDays } from './days.ts'
import { startDemo } from './demo/demo.ts'
import { Latest } from './latest.ts'
import { startPage } from './page/server.ts'
import { removedSamples } from './removed.ts'
import { policy, rules } from './rules.ts'
import { watchTargets } from './targets.ts'
import { upSamples } from './up.ts'
import { inWords } from './words.ts'

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'data'))
const own = process.argv[3]
const file = resolve(own ?? join(folder, 'targets.json'))
mkdirSync(folder, { recursive: true })

await using journal = await openJournal(join(folder, 'journal'), { codec: sampleCodec() })
await using rollups = await openRollupStore(join(folder, 'rollups'), { windows: ['1h', '1d'] })
await using alerts = await openNotifyStore(join(folder, 'alerts'))
await using demo = own === undefined ? await startDemo(journal, folder, file) : undefined

const printed = (place: string) =>
  consoleNotifier({ write: (line) => console.log(`${place.padEnd(12)} | ${line}`) })

// What is looked at: the file, now and whenever it is changed.
const targets$ = watchTargets(file, (message) => console.log(`not taken: ${message}`)).pipe(
  tap((targets) => console.log(`targets: ${targets.map(({ check }) => check.name).join(', ')}`)),
  tap((targets) => latest.define(targets)),
  shareReplay({ bufferSize: 1, refCount: true }),
)
const latest = new Latest()
const results = checks(targets$)
const looked = results.pipe(
  tap((result) => latest.take(result)),
  share(),
)
const samples = merge(targets$.pipe(removedSamples()), looked.pipe(checkSamples()), looked.pipe(upSamples()))

// What is kept: a reader with a place of its own, which goes on where it was.
const storage = await journal.subscriber('storage', { from: 'oldest' })
// In small pieces, so that a long past that it has to catch up with holds up no look.
const stored = storage.batches({ maxRecords: 1000 }).pipe(ackAfter((batch) => rollups.write(batch)))

// What is told: only what is measured now, and each kind to its own place.
const judge = evaluate(rules, { open: alerts })
const notifiers = {
  outages: inWords(demo?.outages ?? printed('outages')),
  certificates: inWords(printed('certificates')),
}
const told = journal
  .tail()
  .pipe(judge, notify(policy, { store: alerts, notifiers, stillOpen: judge.stillOpen }))

await using page = await startPage(Number(process.env['PORT'] ?? 0), async () => {
  const now = Date.now()
  return {
    targets: latest.read(now),
    days: await readDays(rollups, now),
    now,
    inventedUntil: demo?.inventedUntil,
  }
})
console.log(`The page: ${page.url}`)
console.log(`The targets: ${file}; change it while this runs. Ctrl+C ends it.`)

await new Promise<void>((done, failed) => {
  // The readers first: what is measured meets a pipeline that is complete.
  const running = merge(told, stored, samples.pipe(journal.write())).subscribe({
    error: failed,
  })
  running.add(results.problems.subscribe(({ message }) => console.log(message)))
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      running.unsubscribe()
      done()
    })
})
console.log('Stopped.')
