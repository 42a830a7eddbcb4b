import { randomBytes } from 'node:crypto'

import type { Journal } from '@tocsin/journal'
import type { Notifier } from '@tocsin/notify'
import { webhookNotifier } from '@tocsin/notify/webhook'
import type { Sample } from '@tocsin/protocols'

import { startDesk } from './desk.ts'
import { inventPast } from './history.ts'
import { startServers, targetNames } from './servers.ts'

/** What stands in for the world, where no file of targets is given. */
export interface Demo extends AsyncDisposable {
  /** Tells the desk. */
  readonly outages: Notifier
  /** Until when the past is made up, ms since the Unix epoch. */
  readonly inventedUntil: number
}

/** Starts servers to be looked at, writes the file of targets about them, and a past for them into the journal. */
export async function startDemo(journal: Journal<Sample>, folder: string, file: string): Promise<Demo> {
  const secret = randomBytes(24).toString('hex')
  const inventedUntil = await inventPast(journal, folder, targetNames)
  const desk = await startDesk(secret)
  const servers = await startServers(folder, file)
  return {
    // Only public addresses are dialled, unless one is allowed: this desk is on the same machine.
    outages: webhookNotifier({ url: desk.url, secret, allow: ['127.0.0.0/8'] }),
    inventedUntil,
    [Symbol.asyncDispose]: async () => {
      await servers[Symbol.asyncDispose]()
      await desk[Symbol.asyncDispose]()
    },
  }
}
