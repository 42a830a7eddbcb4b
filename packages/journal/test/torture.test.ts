import { readdir, truncate } from 'node:fs/promises'
import type { TestContext } from 'vitest'
import { describe, expect, it, vi } from 'vitest'

import { audit, prepareJournal } from '../src/torture/audit.ts'
import { createLedger } from '../src/torture/ledger.ts'
import { PowerCutUnavailable, createLoopDisk } from '../src/torture/loop-disk.ts'
import { tortureRecord } from '../src/torture/torture-record.ts'
import { startWriter } from '../src/torture/writer-process.ts'
import { cli, cliCommand, jsonOf } from './helpers/cli.ts'
import { temporaryFolder } from './helpers/processes.ts'

// Fifty in the continuous integration, a thousand in the long suite.
const cycles = Number(process.env['TOCSIN_KILL_CYCLES'] ?? 4)

describe('torture', () => {
  it(
    'keeps every acknowledged record of a writer that is killed again and again',
    { timeout: 60_000 + cycles * 5000 },
    async () => {
      const folder = await temporaryFolder()
      const run = await cli(['torture', `${folder}/new`, '--cycles', String(cycles), '--json'])
      expect(run.err).toBe('')
      expect(jsonOf(run)).toMatchObject({ cycles, violations: [], passed: true })
      expect(jsonOf(run)['acknowledged']).toBeGreaterThan(20 * cycles)
      expect(jsonOf(run)['checked']).toBeGreaterThan(0)
      expect(run.code).toBe(0)
      expect(await readdir(`${folder}/new`)).toEqual([])
    },
  )

  it('leaves nothing behind that verify takes for damage', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder()
    const plan = { directory: folder, segmentBytes: 65_536, subscribers: true }
    for (let life = 1; life <= 4; life += 1) {
      const durabilities = ['commit', 'interval', 'os'] as const
      const writer = startWriter(cliCommand, { ...plan, life, seed: life, durabilities })
      await writer.opened
      await vi.waitUntil(() => writer.lines.length > 100 * life, 20_000)
      await writer.kill()
      const run = await cli(['verify', folder, '--json'])
      expect(jsonOf(run)['damage']).toEqual([])
      const copy = await temporaryFolder()
      const salvaged = await cli(['salvage', folder, '--out', copy, '--json'])
      expect(jsonOf(salvaged)).toMatchObject({ records: jsonOf(run)['records'], missing: [] })
    }
  })

  it('sees the loss where a killed writer’s last segment is cut off', { timeout: 60_000 }, async () => {
    const directory = `${await temporaryFolder()}/journal`
    const segmentBytes = 16 * 1024 * 1024
    await prepareJournal(directory, segmentBytes)
    const ledger = createLedger('all')
    const plan = { directory, segmentBytes, subscribers: false, life: 1, seed: 1 }
    const writer = startWriter(cliCommand, { ...plan, durabilities: ['commit'] })
    await vi.waitUntil(() => writer.lines.length > 100, 20_000)
    await writer.kill()
    expect(ledger.addLife(1, writer.lines)).toEqual([])
    await truncate(`${directory}/0000000000000001.segment`, 2000)
    const { violations } = await audit(directory, ledger, { segmentBytes, settle: false })
    expect(violations.length).toBeGreaterThan(10)
    expect(new Set(violations.map(({ invariant }) => invariant))).toEqual(new Set(['I1']))
  })

  it('keeps what is durable through power cuts', { timeout: 120_000 }, async (context) => {
    await needLoopDisk(context)
    const folder = await temporaryFolder()
    const run = await cli(['torture', folder, '--power-cut', '--cycles', '3', '--json'])
    expect(jsonOf(run)).toMatchObject({ cycles: 3, violations: [], passed: true })
    expect(jsonOf(run)['acknowledged']).toBeGreaterThan(50)
    expect(await readdir(folder)).toEqual([])
  })

  it('sees the losses of a writer that does not sync', { timeout: 120_000 }, async (context) => {
    await needLoopDisk(context)
    const folder = await temporaryFolder()
    const run = await cli(['torture', folder, '--power-cut', '--unsafe', '--cycles', '2', '--seed', '7'])
    expect(run.out).toMatch(
      /^seed 7\ncontrol: 2 power cuts, \d+ of \d+ records lost without a sync: a loss is seen here; seed 7\n$/,
    )
    expect(run.code).toBe(0)
    expect(await readdir(folder)).toEqual([])
  })

  it('refuses a folder that somebody uses, and options that mean nothing', async () => {
    const folder = await temporaryFolder()
    await cli(['torture', folder, '--unsafe']).then(({ code, err }) => {
      expect(code).toBe(2)
      expect(err).toContain('--power-cut')
    })
    const parent = folder.slice(0, folder.lastIndexOf('/'))
    expect(await cli(['torture', parent])).toMatchObject({
      code: 2,
      err: expect.stringContaining('not empty'),
    })
    expect(await cli(['torture', folder, '--cycles', 'many'])).toMatchObject({ code: 2 })
  })
})

describe('the ledger of a torture', () => {
  const open = { open: { firstSeq: 1, cursors: { slow: 0 } } }

  it('promises only what is durable where the power is cut, and everything where a process is killed', () => {
    const lines = [
      open,
      { upTo: 4 },
      { acked: [1, 2, 0, 'os'] },
      { acked: [3, 3, 2, 'commit'] },
      { flushed: 1 },
      { acked: [4, 4, 3, 'interval'] },
    ] as const
    const durable = createLedger('durable')
    expect(durable.addLife(1, lines)).toEqual([])
    expect([...durable.acked.keys()].sort()).toEqual([1, 3])
    expect(durable.acked.get(3)).toBe(tortureRecord(1, 2))
    const all = createLedger('all')
    all.addLife(1, lines)
    expect(all.acked.size).toBe(4)
    expect(all.acknowledged).toBe(4)
  })

  it('knows what was appended, to the byte', () => {
    const ledger = createLedger('all')
    ledger.addLife(3, [{ upTo: 2 }])
    expect(ledger.attempted(tortureRecord(3, 1))).toBe(true)
    expect(ledger.attempted(tortureRecord(3, 2))).toBe(false)
    expect(ledger.attempted(tortureRecord(4, 1))).toBe(false)
    expect(ledger.attempted(`${tortureRecord(3, 1)}x`)).toBe(false)
    expect(ledger.attempted('garbage')).toBe(false)
  })

  it('sees a position that moved back between two lives, and a delivered record that nobody appended', () => {
    const ledger = createLedger('all')
    ledger.addLife(1, [open, { acking: ['slow', 5] }])
    expect(ledger.addLife(2, [{ open: { firstSeq: 1, cursors: { slow: 5 } } }])).toEqual([])
    const seen = ledger.addLife(3, [{ open: { firstSeq: 1, cursors: { slow: 4 } } }, { altered: 9 }])
    expect(seen.map(({ invariant }) => invariant)).toEqual(['I6', 'I4'])
  })
})

/** Skips the test where no file system can be mounted from a file. */
async function needLoopDisk(context: TestContext): Promise<void> {
  try {
    createLoopDisk(await temporaryFolder(), 16 * 1024 * 1024).remove()
  } catch (error) {
    if (!(error instanceof PowerCutUnavailable)) throw error
    if (process.env['TOCSIN_REQUIRE_PEERS'] === '1') {
      throw new Error(`TOCSIN_REQUIRE_PEERS is set, but ${error.message}`, { cause: error })
    }
    context.skip(error.message)
  }
}
