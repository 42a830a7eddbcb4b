import { describe, expect, it } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { openJournalReader } from '../src/reader/index.ts'
import type { RunningChild } from './helpers/processes.ts'
import { startChild, startScript, temporaryFolder } from './helpers/processes.ts'

/** What a writer said that it is durable, by sequence number. */
function noteAcknowledged(writer: RunningChild, into: Map<number, string>): void {
  for (const line of writer.lines.slice(1)) {
    const [first, ...values] = line.split(' ')
    values.forEach((value, index) => into.set(Number(first) + index, value))
  }
}

describe('a reader in another process', () => {
  it('gets every record once and in order while the writer is killed and started again', async () => {
    const folder = await temporaryFolder()
    const acknowledged = new Map<number, string>()
    let writer = startChild(folder)
    await writer.printed(2)
    const reader = startScript('reader-child.ts', [folder])
    await reader.printed(1)
    for (let life = 0; life < 3; life += 1) {
      await writer.printed(300)
      await writer.kill()
      noteAcknowledged(writer, acknowledged)
      if (life < 2) writer = startChild(folder)
    }
    // Whatever was left uncertified is certified now.
    const journal = await openJournal(folder, { codec: jsonCodec<string>(), segmentBytes: 65_536 })
    const last = await journal.append('the end')
    await journal.close()
    await reader.printed(1 + last.lastSeq)
    await reader.kill()
    const [from, ...lines] = reader.lines
    expect(from).toBe('from 0')
    const seen = lines.map((line) => line.split(' '))
    expect(seen.map(([seq]) => Number(seq))).toEqual(
      Array.from({ length: last.lastSeq }, (_, index) => index + 1),
    )
    for (const [seq, value] of acknowledged) expect(seen[seq - 1]?.[1]).toBe(value)
    expect(acknowledged.size).toBeGreaterThan(3000)
  })

  it('keeps from the writer what it has not read, and lets it remove what it has', async () => {
    const folder = await temporaryFolder()
    const codec = jsonCodec<string>()
    const journal = await openJournal(folder, { codec, segmentBytes: 4096 })
    await journal.append('first')
    await journal.append('second')
    await using reader = await openJournalReader(folder, { codec, pollMs: 5, cursorSyncMs: 5 })
    const other = await reader.subscriber('other')
    const own = await journal.subscriber('own')
    own.batches().subscribe((batch) => batch.ack())
    const values = Array.from({ length: 100 }, (_, index) => `${index}:${'x'.repeat(200)}`)
    for (const value of values) await journal.append(value)
    expect(journal.stats.firstSeq).toBe(1)
    const seen: string[] = []
    const done = new Promise<void>((resolve) => {
      other.batches().subscribe((batch) => {
        expect(batch.gaps).toEqual([])
        seen.push(...batch.values)
        batch.ack()
        if (seen.length === 102) resolve()
      })
    })
    await done
    expect(seen).toEqual(['first', 'second', ...values])
    while (journal.stats.firstSeq < 50) {
      await journal.append('more')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await journal.close()
  })

  it('refuses a subscriber that another process reads', async () => {
    const folder = await temporaryFolder()
    const codec = jsonCodec<string>()
    await using journal = await openJournal(folder, { codec })
    await journal.subscriber('mine')
    await using reader = await openJournalReader(folder, { codec })
    await expect(reader.subscriber('mine')).rejects.toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
    await reader.subscriber('yours')
    await expect(journal.subscriber('yours')).rejects.toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
  })
})
