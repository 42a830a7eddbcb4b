import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { graphite } from '@tocsin/protocols/graphite'
import { hostMetrics } from '@tocsin/protocols/host'
import { defaultHttpTrapOptions, httpTrap } from '@tocsin/protocols/http-trap'
import { statsd } from '@tocsin/protocols/statsd'
import type { Batch, Problem, Sample, SourceStats } from '@tocsin/protocols'
import type { HostMetricsOptions } from '@tocsin/protocols/host'
import type { HttpSource } from '@tocsin/protocols/http'
import { combineLatest, map, merge, Subject } from 'rxjs'
import type { Observable } from 'rxjs'

import type { SourceCount } from './server/live/rates.ts'
import type { Settings } from './settings.ts'

/** Everything that samples come from. */
export interface Sources {
  readonly collected: Observable<Batch<Sample>>
  /** HTTPTrap, whose requests come from the web server. */
  readonly trap: HttpSource<Sample>
  /** Its path, with the secret of this data folder. */
  readonly trapPath: string
  /** Where statsd and Graphite are bound. */
  readonly listening: Observable<readonly [AddressInfo, AddressInfo]>
  readonly problems: Observable<Problem>
  /** What each has counted, by its name; updated in place. */
  readonly stats: ReadonlyMap<string, SourceStats>
  /** What each has given so far. */
  counts(): readonly SourceCount[]
  /** What was understood and not taken. */
  readonly dropped: number
  /** When the first samples of each were kept. */
  readonly firstAt: ReadonlyMap<SourceCount['name'], number>
  /** Tells when that has one more. */
  readonly first$: Observable<void>
  /** Time of the newest kept sample of this machine. */
  readonly lastMachineSampleAt: number | undefined
}

/** Makes the sources; nothing listens before they are subscribed. */
export async function createSources(
  { host, statsdPort, graphitePort, periodMs }: Settings,
  data: string,
  readHost?: HostMetricsOptions['read'],
): Promise<Sources> {
  const secret = await trapSecret(data)
  const trap = httpTrap({ secret })
  const lines = [statsd({ host, port: statsdPort }), graphite({ host, port: graphitePort })] as const
  const all = [
    { name: 'machine', source: hostMetrics({ periodMs, ...(readHost !== undefined && { read: readHost }) }) },
    { name: 'statsd', source: lines[0] },
    { name: 'Graphite', source: lines[1] },
    { name: 'HTTPTrap', source: trap },
  ] as const
  const firstAt = new Map<SourceCount['name'], number>()
  const first$ = new Subject<void>()
  let lastMachineSampleAt: number | undefined
  const noted = (name: SourceCount['name'], batch: Batch<Sample>): Batch<Sample> => ({
    ...batch,
    // The journal has them then.
    ack: () => {
      const last = batch.values.at(-1)
      const isFirst = last !== undefined && !firstAt.has(name)
      if (isFirst) firstAt.set(name, Date.now())
      if (last !== undefined && name === 'machine') lastMachineSampleAt = last.time
      batch.ack()
      if (isFirst) first$.next()
    },
  })
  return {
    collected: merge(
      ...all.map(({ name, source }) => source.batches().pipe(map((batch) => noted(name, batch)))),
    ),
    trap,
    trapPath: `${defaultHttpTrapOptions.path}/${secret}`,
    listening: combineLatest([lines[0].listening, lines[1].listening]),
    problems: merge(...all.map(({ source }) => source.problems)),
    stats: new Map(all.map(({ name, source }) => [name, source.stats])),
    counts: () => all.map(({ name, source }) => ({ name, samples: source.stats.samples })),
    get dropped() {
      return all.reduce((sum, { source }) => sum + source.stats.dropped, 0)
    },
    firstAt,
    first$,
    get lastMachineSampleAt() {
      return lastMachineSampleAt
    },
  }
}

/**
 * The secret of this data folder: made once, readable by its owner only. An empty file is what a full disk or a lost power
 * leaves; the lock of the journal keeps a second instance out.
 */
async function trapSecret(data: string): Promise<string> {
  const file = join(data, 'httptrap-secret')
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  if (kept.trim() !== '') return kept.trim()
  const made = randomBytes(12).toString('hex')
  await writeFile(file, made, { mode: 0o600 })
  return made
}
