import { join } from 'node:path'

import { evaluate, inEventTime, ruleSet, series } from '@tocsin/fault'
import type { RuleSet } from '@tocsin/fault'
import { average } from '@tocsin/fault/rules'
import { openJournal, values } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { lastValueFrom, toArray } from 'rxjs'

const data = process.argv[2] ?? join(import.meta.dirname, 'data')
await using journal = await openJournal(join(data, 'journal'), { codec: sampleCodec() })

// Yesterday, as a collector would have kept it: a queue with short peaks, and a long one at noon. A fixed
// day, so that the journal is written once, and replayed as often as you like.
const midnight = Date.UTC(2026, 0, 1)
const lengthAt = (minute: number): number => {
  if (minute >= 720 && minute < 765) return 140
  return minute % 97 === 50 ? 180 : 40 + (minute % 20)
}
if (journal.stats.lastSeq === 0) {
  const queue = series('queue.length', { shop: 'berlin' })
  const day = Array.from({ length: 1440 }, (_, minute) => minute)
  const sampleAt = (minute: number) =>
    ({ series: queue, time: midnight + minute * 60_000, value: lengthAt(minute), kind: 'gauge' }) as const
  await journal.appendBatch(day.map(sampleAt))
}

const whom: Readonly<Record<number, string>> = { 1: 'Ann is called', 3: 'the team gets a mail' }

async function replay(what: string, rules: RuleSet): Promise<void> {
  // Each sample is judged at its own time, as fast as the journal can be read. That no fault was open before is `open: []`.
  const judged = inEventTime(evaluate([rules], { open: [] }))
  const events = await lastValueFrom(journal.readFrom('oldest').pipe(values(), judged, toArray()))
  const told = events.filter(({ type }) => type === 'opened' || type === 'severity')
  console.log(`${what}: ${told.length} times somebody is told`)
  for (const { time, severity, text } of told)
    console.log(`  ${new Date(time).toISOString().slice(11, 16)} ${whom[severity]}: ${text}`)
}

const queue = ruleSet('queue').select('__name:queue.length')
const mean = average('10m', { minFill: '5m' })
await replay('The rule as it is', queue.above(100, 1).build())
await replay('The rule as it might be', queue.rule(1, mean.above(120)).rule(3, mean.above(90)).build())
console.log('Try: limits of your own, in the lines above this one in main.ts.')
