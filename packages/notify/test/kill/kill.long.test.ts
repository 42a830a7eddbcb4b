import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { openNotifyStore } from '../../src/store.ts'
import { Lives } from './lives.ts'

const cycles = Number(process.env['TOCSIN_KILL_CYCLES'] ?? 50)
// What happens is the same each time; when a life is killed is not.
const seed = Number(process.env['FC_SEED'] ?? 1)

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'notify-kill-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('alerting that is killed again and again', () => {
  it(
    'tells everybody of everything that it answered, of one end each, and nothing again that it said was told',
    { timeout: 600_000 + cycles * 10_000 },
    async () => {
      const folder = await temporaryFolder()
      const did = await new Lives({ folder, seed, cycles, patienceMs: 120_000 }).run()
      expect(did.broken).toEqual([])
      expect(did.kills).toBe(cycles)
      expect(did.handed).toBeGreaterThan(20 * cycles)
      expect(did.attempts).toBeGreaterThan(5 * cycles)
      // Else no kill has hit between an answer of a receiver and the disk.
      expect(did.repeats).toBeGreaterThan(0)
      await using store = await openNotifyStore(join(folder, 'store'))
      expect(store.openAlerts().filter(({ ruleSet }) => ruleSet !== 'tocsin.notify')).toEqual([])
    },
  )

  it.each([
    ['a store forgets what it acknowledged', 'forgets'],
    ['a notifier says that it told somebody when it did not', 'lies'],
    ['a notifier tells somebody twice', 'twice'],
  ] as const)('would be caught where %s', async (_, sabotage) => {
    const folder = await temporaryFolder()
    const { broken } = await new Lives({ folder, seed, cycles: 10, sabotage, patienceMs: 10_000 }).run()
    expect(broken).not.toEqual([])
  })
})
