import { lastValueFrom, takeWhile, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { inPidNamespace, needNamespaces } from './helpers/namespaces.ts'
import { startChild, startChildUnder, temporaryFolder } from './helpers/processes.ts'

const strings = jsonCodec<string>()

/** Records that a child acknowledged, by sequence number. */
function acknowledged(lines: readonly string[]): Map<number, string> {
  const records = new Map<number, string>()
  for (const line of lines) {
    const [first, ...values] = line.split(' ')
    if (!/^\d+$/.test(first ?? '')) continue
    values.forEach((value, index) => records.set(Number(first) + index, value))
  }
  return records
}

describe('a writer that was stopped and lost its folder', () => {
  it('acknowledges nothing when it wakes up, and none of its frames is delivered', async (context) => {
    needNamespaces(context)
    const folder = await temporaryFolder()
    const former = startChild(folder)
    await former.printed(20)
    process.kill(former.pid, 'SIGSTOP')
    const newcomer = startChildUnder(inPidNamespace, folder)
    await newcomer.printed(20)
    process.kill(former.pid, 'SIGCONT')
    await expect.poll(() => former.lines.at(-1)).toMatch(/JOURNAL_FENCED/)
    await newcomer.printed(newcomer.lines.length + 20)
    await newcomer.kill()
    await former.kill()
    const journal = await openJournal(folder, { codec: strings, segmentBytes: 65_536 })
    const reader = await journal.subscriber('reader')
    const values = new Map<number, string>()
    await lastValueFrom(
      reader.batches().pipe(
        takeWhile((batch) => batch.position.lastSeq < journal.stats.lastSeq, true),
        tap((batch) => {
          expect(batch.gaps).toEqual([])
          batch.values.forEach((value, index) => values.set(batch.position.firstSeq + index, value))
          batch.ack()
        }),
      ),
    )
    await journal.close()
    const theirs = acknowledged(newcomer.lines)
    const firstOfNewcomer = Math.min(...theirs.keys())
    for (const [seq, value] of [...acknowledged(former.lines), ...theirs]) expect(values.get(seq)).toBe(value)
    for (const [seq, value] of values) {
      if (seq >= firstOfNewcomer) expect(value).not.toMatch(new RegExp(`^${former.pid}:`))
    }
    expect(new Set(values.values()).size).toBe(values.size)
  })
})
