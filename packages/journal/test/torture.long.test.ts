import { spawnSync } from 'node:child_process'
import { readdir, truncate } from 'node:fs/promises'
import type { TestContext } from 'vitest'
import { describe, expect, it, vi } from 'vitest'

import { audit, prepareJournal } from '../src/torture/audit.ts'
import { createLedger } from '../src/torture/ledger.ts'
import { createLoopDisk, PowerCutUnavailable } from '../src/torture/loop-disk.ts'
import { startWriter } from '../src/torture/writer-process.ts'
import { cli, cliCommand, jsonOf } from './helpers/cli.ts'
import { temporaryFolder } from './helpers/processes.ts'

const cycles = Number(process.env['TOCSIN_KILL_CYCLES'] ?? 50)
// What the writers do is the same each time; when they are killed is not.
const seed = process.env['FC_SEED'] ?? '1'

describe('torture', () => {
  it(
    'keeps every acknowledged record of a writer that is killed again and again',
    { timeout: 600_000 + cycles * 5000 },
    async () => {
      const folder = await temporaryFolder()
      const run = await cli([
        'torture',
        `${folder}/new`,
        '--cycles',
        String(cycles),
        '--seed',
        seed,
        '--json',
      ])
      expect(run.err).toBe('')
      expect(jsonOf(run)).toMatchObject({ cycles, violations: [], passed: true })
      // How many depends on the machine; each life has brought some.
      expect(jsonOf(run)['acknowledged']).toBeGreaterThan(cycles)
      expect(jsonOf(run)['checked']).toBeGreaterThan(0)
      expect(run.code).toBe(0)
      expect(await readdir(`${folder}/new`)).toEqual([])
    },
  )

  it('leaves nothing behind that verify takes for damage', async () => {
    const folder = await temporaryFolder()
    const plan = { directory: folder, segmentBytes: 65_536, subscribers: true }
    for (let life = 1; life <= 4; life += 1) {
      const durabilities = ['commit', 'interval', 'os'] as const
      const writer = startWriter(cliCommand(), { ...plan, life, seed: life, durabilities })
      await writer.opened
      await vi.waitUntil(() => writer.lines.length > 100 * life, 300_000)
      await writer.kill()
      const run = await cli(['verify', folder, '--json'])
      expect(jsonOf(run)['damage']).toEqual([])
      const copy = await temporaryFolder()
      const salvaged = await cli(['salvage', folder, '--out', copy, '--json'])
      expect(jsonOf(salvaged)).toMatchObject({ records: jsonOf(run)['records'], missing: [] })
    }
  })

  it('knows what a writer told before it was killed, although nobody was reading', async () => {
    const directory = `${await temporaryFolder()}/journal`
    const segmentBytes = 16 * 1024 * 1024
    await prepareJournal(directory, segmentBytes)
    const ledger = createLedger('all')
    const plan = { directory, segmentBytes, subscribers: false, life: 1, seed: 1 }
    const writer = startWriter(cliCommand(), { ...plan, durabilities: ['os'] })
    await vi.waitUntil(() => writer.lines.length > 100, 300_000)
    // This process does nothing meanwhile, and the pipe is full soon.
    spawnSync('sleep', ['1'])
    await writer.kill()
    expect(ledger.addLife(1, writer.lines)).toEqual([])
    const { violations } = await audit(directory, ledger, { segmentBytes, settle: false })
    expect(violations).toEqual([])
  })

  it('sees the loss where a killed writer’s last segment is cut off', async () => {
    const directory = `${await temporaryFolder()}/journal`
    const segmentBytes = 16 * 1024 * 1024
    await prepareJournal(directory, segmentBytes)
    const ledger = createLedger('all')
    const plan = { directory, segmentBytes, subscribers: false, life: 1, seed: 1 }
    const writer = startWriter(cliCommand(), { ...plan, durabilities: ['commit'] })
    await vi.waitUntil(() => writer.lines.length > 100, 300_000)
    await writer.kill()
    expect(ledger.addLife(1, writer.lines)).toEqual([])
    await truncate(`${directory}/0000000000000001.segment`, 2000)
    const { violations } = await audit(directory, ledger, { segmentBytes, settle: false })
    expect(violations.length).toBeGreaterThan(10)
    expect(new Set(violations.map(({ invariant }) => invariant))).toEqual(new Set(['I1']))
  })

  it('keeps what is durable through power cuts', async (context) => {
    await needLoopDisk(context)
    const folder = await temporaryFolder()
    const run = await cli(['torture', folder, '--power-cut', '--cycles', '3', '--seed', seed, '--json'])
    expect(jsonOf(run)).toMatchObject({ cycles: 3, violations: [], passed: true })
    expect(jsonOf(run)['acknowledged']).toBeGreaterThan(50)
    expect(await readdir(folder)).toEqual([])
  })

  it('sees the losses of a writer that does not sync', async (context) => {
    await needLoopDisk(context)
    const folder = await temporaryFolder()
    const run = await cli(['torture', folder, '--power-cut', '--unsafe', '--cycles', '2', '--seed', '7'])
    expect(run.out).toMatch(
      /^seed 7\ncontrol: 2 power cuts, \d+ of \d+ records lost without a sync: a loss is seen here; seed 7\n$/,
    )
    expect(run.code).toBe(0)
    expect(await readdir(folder)).toEqual([])
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
