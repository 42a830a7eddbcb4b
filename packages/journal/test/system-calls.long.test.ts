import { cp, readdir } from 'node:fs/promises'
import { lastValueFrom, takeWhile, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { Gap } from '../src/index.ts'
import { jsonCodec, openJournal } from '../src/index.ts'
import { temporaryFolder } from './helpers/processes.ts'
import type { Run } from './helpers/strace.ts'
import { bundleScriptedChild, inject, needStrace, runUnder } from './helpers/strace.ts'

/** Everything that changes a disk; opening with O_CREAT lies between two of these. Each is counted by itself. */
const mutating = ['pwrite64', 'fdatasync', 'fsync', 'rename', 'link', 'unlink', 'ftruncate', 'mkdir']
const codec = jsonCodec<string>()

interface Outcome {
  readonly values: ReadonlyMap<number, string>
  readonly gaps: readonly Gap[]
  readonly firstSeq: number
}

/** Opens the journal, appends one record, so that there is always something to read, and reads all that is kept. */
async function openAndRead(folder: string): Promise<Outcome> {
  const journal = await openJournal(folder, { codec, segmentBytes: 4096 })
  const reader = await journal.subscriber('reader')
  const firstSeq = reader.ackedSeq + 1
  await journal.append('last')
  const values = new Map<number, string>()
  const gaps: Gap[] = []
  await lastValueFrom(
    reader.batches().pipe(
      tap((batch) => {
        gaps.push(...batch.gaps)
        batch.values.forEach((value, index) => values.set(batch.position.firstSeq + index, value))
        batch.ack()
      }),
      takeWhile((batch) => batch.position.lastSeq < journal.stats.lastSeq, true),
    ),
  )
  await journal.removeSubscriber('reader')
  await journal.close()
  return { values, gaps, firstSeq }
}

/** What the child was told is there and unaltered, unless all its subscribers have acknowledged it. */
function check({ values, gaps, firstSeq }: Outcome, runs: readonly Run[], what: string): void {
  expect({ what, gaps }).toEqual({ what, gaps: [] })
  const said = runs.flatMap(({ lines }) => lines)
  const acked = Math.max(0, ...said.map((line) => Number(/^acked (\d+)$/.exec(line)?.[1] ?? 0)))
  // A cursor is never ahead of what was acknowledged.
  if (firstSeq > acked + 1) expect({ what, firstSeq }).toEqual({ what, firstSeq: acked + 1 })
  for (const line of said) {
    const [word, first, ...records] = line.split(' ')
    if (word !== 'appended') continue
    records.forEach((record, index) => {
      const seq = Number(first) + index
      if (seq >= firstSeq) expect({ what, seq, record: values.get(seq) }).toEqual({ what, seq, record })
    })
  }
  for (const value of values.values()) expect(value).toMatch(/^(\w+:\d:\d:x{700}|last)$/)
}

describe('a process that is killed', () => {
  it('at any of its system calls loses nothing that it acknowledged', async (context) => {
    needStrace(context)
    const child = bundleScriptedChild()
    let kills = 0
    for (const call of mutating) {
      for (let nth = 1; ; nth += 1) {
        const folder = await temporaryFolder()
        const run = await runUnder(inject(call, 'signal=SIGKILL', nth), child, folder, 'a')
        check(await openAndRead(folder), [run], `killed at ${call} ${nth}`)
        if (run.signal === null) {
          expect(run.lines.at(-1)).toBe('closed')
          break
        }
        kills += 1
      }
    }
    expect(kills).toBeGreaterThan(30)
  })

  it('at any system call of its recovery, again and again, converges', async (context) => {
    needStrace(context)
    const child = bundleScriptedChild()
    const dirty = await temporaryFolder()
    // In the middle of its life: an uncertified tail, cursors, several segments.
    const first = await runUnder(inject('pwrite64', 'signal=SIGKILL', 10), child, dirty, 'a')
    expect(first.signal).toBe('SIGKILL')
    const again = await temporaryFolder()
    await cp(dirty, again, { recursive: true })
    const runs = [first]
    for (const call of mutating) {
      for (let nth = 1; nth <= 6; nth += 1) {
        const kill = inject(call, 'signal=SIGKILL', nth)
        const folder = await temporaryFolder()
        await cp(dirty, folder, { recursive: true })
        const run = await runUnder(kill, child, folder, `b${nth}`)
        check(await openAndRead(folder), [first, run], `killed at ${call} ${nth} of the second life`)
        runs.push(await runUnder(kill, child, again, `c${runs.length}`))
      }
    }
    check(await openAndRead(again), runs, 'killed in many lives in a row')
  })
})

describe('a disk error', () => {
  it.for(['pwrite64', 'fdatasync'])(
    'in any one %s costs nothing that was acknowledged',
    async (call, context) => {
      needStrace(context)
      const child = bundleScriptedChild()
      for (let nth = 1; nth <= 20; nth += 1) {
        const folder = await temporaryFolder()
        const run = await runUnder(inject(call, 'error=EIO', nth), child, folder, 'a')
        check(await openAndRead(folder), [run], `EIO in ${call} ${nth}`)
      }
    },
  )

  it('that goes on rejects what is appended, and leaves a journal that opens', async (context) => {
    needStrace(context)
    const child = bundleScriptedChild()
    for (const nth of [5, 8, 11]) {
      const folder = await temporaryFolder()
      const run = await runUnder(inject('pwrite64,fdatasync', 'error=EIO', `${nth}+`), child, folder, 'a')
      check(await openAndRead(folder), [run], `EIO from ${nth} on`)
      expect(run.lines.filter((line) => line.startsWith('refused')).join()).toMatch(/JOURNAL_IO/)
    }
  })
})

describe('a limit on the size of files', () => {
  it('cuts a write short, and the records go to the next segment', async () => {
    const child = bundleScriptedChild()
    const folder = await temporaryFolder()
    // Blocks of 512 bytes: less than a segment.
    const run = await runUnder(['sh', '-c', 'ulimit -f 9; exec "$@"', 'sh'], child, folder, 'a')
    check(await openAndRead(folder), [run], 'EFBIG')
    expect(run.lines.filter((line) => line.startsWith('appended')).length).toBeGreaterThan(3)
    expect((await readdir(folder)).filter((name) => name.endsWith('.segment')).length).toBeGreaterThan(0)
  })
})
