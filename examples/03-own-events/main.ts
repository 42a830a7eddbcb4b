import { join } from 'node:path'

import { evaluate, inEventTime, metric, ruleSet } from '@tocsin/fault'
import { jsonCodec, openJournal, values } from '@tocsin/journal'
import { rollup, rollupValue } from '@tocsin/rollup'
import { from, lastValueFrom, map } from 'rxjs'

/** What this program is about. No part of Tocsin knows it. */
interface Job {
  readonly id: string
  readonly queue: string
  readonly worker: string
  readonly finishedAt: number
  readonly seconds: number
}

// The one place where a job becomes a sample: its tags are known to the compiler, and the job comes along.
const duration = metric('job.seconds', ['queue', 'worker'])
const asSample = map((job: Job) => ({
  series: duration(job),
  time: job.finishedAt,
  value: job.seconds,
  kind: 'gauge' as const,
  job,
}))

const data = process.argv[2] ?? join(import.meta.dirname, 'data')
await using journal = await openJournal(join(data, 'jobs'), { codec: jsonCodec<Job>() })

// The rule judges live, and hands back the very job that decided.
const slow = ruleSet('slow job').select('__name:job.seconds').above(60, 2).build()
journal
  .tail()
  .pipe(asSample, evaluate([slow]))
  .subscribe(({ type, text, series: { tags }, sample }) => {
    if (type !== 'normal') console.log(`${type} in ${tags.queue}, job ${sample?.job.id}: ${text}`)
  })

const finishedAt = Date.now()
const jobs: Job[] = [
  { id: 'a1', queue: 'mail', worker: 'w-1', finishedAt, seconds: 2 },
  { id: 'a2', queue: 'video', worker: 'w-2', finishedAt: finishedAt + 1, seconds: 95 },
  { id: 'a3', queue: 'mail', worker: 'w-1', finishedAt: finishedAt + 2, seconds: 4 },
  { id: 'a4', queue: 'video', worker: 'w-2', finishedAt: finishedAt + 3, seconds: 31 },
]
await lastValueFrom(from(jobs).pipe(journal.write()))

// The rollups read all that was ever kept, each job in the minute in which it finished.
console.log('By minute, queue and worker, of all runs:')
await journal
  .readFrom('oldest')
  .pipe(values(), asSample, inEventTime(rollup({ windows: ['1m'] })))
  .forEach(({ start, series: { tags }, aggregate }) => {
    const minute = new Date(start).toISOString().slice(11, 16)
    const count = rollupValue(aggregate, 'count')
    const average = rollupValue(aggregate, 'average')
    console.log(`  ${minute} UTC ${tags.queue} on ${tags.worker}: ${count} jobs, ${average} s on average`)
  })
console.log('Now misspell a tag in main.ts, as in tags.queu, and run: npx tsc -p examples')
