import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { defaultHttpTrapOptions, graphite, hostMetrics, httpTrap, statsd } from '@tocsin/protocols'
import type { Batch, HttpSource, Problem, Sample } from '@tocsin/protocols'
import { combineLatest, merge } from 'rxjs'
import type { Observable } from 'rxjs'

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
  /** Counters by source. */
  stats(): object
}

/** Makes the sources; nothing listens before they are subscribed. */
export async function createSources(
  { host, statsdPort, graphitePort, periodMs }: Settings,
  data: string,
): Promise<Sources> {
  const secret = await trapSecret(data)
  const trap = httpTrap({ secret })
  const lines = [statsd({ host, port: statsdPort }), graphite({ host, port: graphitePort })] as const
  const machine = hostMetrics({ periodMs })
  const all = { statsd: lines[0], graphite: lines[1], httpTrap: trap, machine }
  return {
    collected: merge(...Object.values(all).map((source) => source.batches())),
    trap,
    trapPath: `${defaultHttpTrapOptions.path}/${secret}`,
    listening: combineLatest([lines[0].listening, lines[1].listening]),
    problems: merge(...Object.values(all).map(({ problems }) => problems)),
    stats: () => Object.fromEntries(Object.entries(all).map(([name, { stats }]) => [name, stats])),
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
