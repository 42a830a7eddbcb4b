import { lastValueFrom, takeWhile, tap } from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { copyOf, directory, newFileSystem, openStrings, readAll, replaceFile } from './helpers/journals.ts'
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
        takeWhile((batch) => batch.lastSeq < journal.stats.lastSeq, true),
        tap((batch) => {
          expect(batch.gaps).toEqual([])
          batch.values.forEach((value, index) => values.set(batch.firstSeq + index, value))
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

  /** What is delivered in the end where a former owner writes once more after others had the folder. */
  const lateFrame = async (nameOfOwnerStays: boolean): Promise<readonly string[]> => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const fileSystem = newFileSystem()
    const former = await openStrings(fileSystem)
    await former.append('before')
    // Certified, so that nothing has to be written again on opening, which would fence as well.
    await vi.advanceTimersByTimeAsync(200)
    if (nameOfOwnerStays) await replaceFile(fileSystem, `${directory}/LOCK`, new Uint8Array(1))
    for (let times = 0; times < 2; times += 1) await (await openStrings(fileSystem)).close()
    // Nothing in memory keeps it from writing, as in a process that was stopped before it could look.
    await former.append('late')
    const { values } = await readAll(await openStrings(copyOf(fileSystem)))
    return [...values.values()]
  }

  it('is fenced off on disk by whoever opens the folder, even if nothing is appended then', async () => {
    expect(await lateFrame(true)).toEqual(['before'])
  })

  it('would be delivered without the fence, so the test above can fail', async () => {
    expect(await lateFrame(false)).toEqual(['before', 'late'])
  })
})
