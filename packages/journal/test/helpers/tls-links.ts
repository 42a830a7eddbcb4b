import { firstValueFrom } from 'rxjs'

import type { Journal } from '../../src/index.ts'
import type { Follow, FollowOptions, JournalServer, LinkTls, ServeOptions } from '../../src/link/index.ts'
import { follow, serveJournal } from '../../src/link/index.ts'
import type { Started } from './machines.ts'
import { start } from './machines.ts'

export const quick = { minDelayMs: 10, maxDelayMs: 40, random: (): number => 1 } as const
export const limits = { heartbeatMs: 50, silenceMs: 5000 } as const

/** Serves at a port that is free. */
export async function serveAt(
  journal: Journal<string>,
  tls: LinkTls,
  options: Partial<ServeOptions> = {},
): Promise<Started<JournalServer> & { readonly port: number }> {
  const given = { listen: 0, tls, allow: { aggregator: {} }, limits, ...options }
  const started = start(serveJournal(journal, given))
  return Object.assign(started, { port: (await firstValueFrom(started.stream.listening)).port })
}

/** Follows what is served at a port. */
export const followInto = (
  port: number,
  tls: LinkTls,
  journal: Journal<string>,
  options: Partial<FollowOptions> = {},
): Started<Follow> =>
  start(
    follow({
      ...{ connect: `127.0.0.1:${port}`, tls, subscriber: 'aggregator', into: journal },
      ...{ ...quick, limits },
      ...options,
    } as FollowOptions),
  )
