import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import type { Journal } from '@tocsin/journal'
import { openNotifyStore } from '@tocsin/notify/store'
import type { Sample } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import type { RollupStore } from '@tocsin/rollup/store'
import type { ProblemListener, RollupProblem } from '@tocsin/rollup'

import { watchAlerts } from './server/log/watched-alerts.ts'
import type { WatchedAlerts } from './server/log/watched-alerts.ts'

/** What is kept in the data folder. */
export interface Stores {
  readonly journal: Journal<Sample>
  readonly rollups: RollupStore
  readonly alerts: WatchedAlerts
}

/** For so long samples stay in the journal although they are rolled up: the charts draw the last hour from them. */
const keepMs = 3_600_000

/** Opens everything in the folder; the journal first, whose lock keeps a second instance out of all of it. */
export async function openStores(
  data: string,
  onClose: (part: string, close: () => Promise<void>) => void,
  problems: ProblemListener<RollupProblem>,
): Promise<Stores> {
  const journal = await openJournal(join(data, 'journal'), { codec: sampleCodec(), keepMs })
  onClose('the journal', async () => {
    const { health } = journal
    await journal.close()
    if (health.state !== 'open')
      throw new Error(`${health.state}, so what it had not acknowledged is not kept`)
  })
  const rollups = await openRollupStore(join(data, 'rollups'), { problems })
  onClose('the rollups', () => rollups.close())
  const alerts = await openNotifyStore(join(data, 'alerts'))
  onClose('the alerts', async () => alerts[Symbol.asyncDispose]())
  return { journal, rollups, alerts: watchAlerts(alerts) }
}
