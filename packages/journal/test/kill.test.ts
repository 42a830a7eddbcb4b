import { expect, it } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { startChild, temporaryFolder } from './helpers/processes.ts'

it(
  'keeps every acknowledged record of a process that is killed again and again',
  { timeout: 120_000 },
  async () => {
    const folder = await temporaryFolder()
    const acked = new Map<number, string>()
    for (let round = 0; round < 5; round += 1) {
      const child = startChild(folder)
      await child.printed(20 + round * 37)
      await child.kill()
      for (const line of child.lines.slice(1)) {
        const [seq, ...values] = line.split(' ')
        // The last line may be cut off.
        if (values.length === 5) values.forEach((value, index) => acked.set(Number(seq) + index, value))
      }
      const journal = await openJournal(folder, { codec: jsonCodec<string>() })
      expect(journal.recovery.gaps).toEqual([])
      // Holds every record for the next rounds.
      await journal.subscriber('keeper')
      const found = new Map<number, string>()
      const subscriber = await journal.subscriber(`round ${round}`)
      await new Promise<void>((resolve) => {
        subscriber.batches().subscribe((batch) => {
          expect(batch.gaps).toEqual([])
          batch.values.forEach((value, index) => found.set(batch.firstSeq + index, value))
          batch.ack()
          if (batch.lastSeq === journal.stats.lastSeq) resolve()
        })
      })
      await journal.close()
      for (const [seq, value] of acked) expect(found.get(seq)).toBe(value)
    }
    expect(acked.size).toBeGreaterThan(500)
  },
)
