import { describe, expect, it } from 'vitest'

import { createLedger } from '../src/torture/ledger.ts'
import { tortureRecord } from '../src/torture/torture-record.ts'
import { cli } from './helpers/cli.ts'
import { temporaryFolder } from './helpers/processes.ts'

describe('torture', () => {
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

  it('takes nothing for a promise that was told from the moment on when the power was being cut', () => {
    const ledger = createLedger('durable')
    const lines = [
      { upTo: 3 },
      { acked: [1, 1, 0, 'commit'], at: 9 },
      { acked: [2, 2, 1, 'commit'], at: 10 },
      { got: [3, [1, 2]], at: 11 },
    ] as const
    ledger.addLife(1, lines, 10)
    expect([...ledger.acked.keys()]).toEqual([1])
    expect(ledger.seen.size).toBe(0)
    expect(ledger.attempted(tortureRecord(1, 2))).toBe(true)
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
