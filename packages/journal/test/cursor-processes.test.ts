import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { bundled } from './helpers/bundled.ts'
import { temporaryFolder } from './helpers/processes.ts'

/** A process that owns cursors; each word to it is answered by a line. */
async function otherProcess(
  directory: string,
): Promise<{ tell(words: string): Promise<string>; kill(): Promise<void> }> {
  const script = bundled(new URL('./helpers/cursor-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<string> => String((await lines.next()).value)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  expect(await answer()).toBe('ready')
  return {
    kill,
    tell: (words) => {
      child.stdin.write(`${words}\n`)
      return answer()
    },
  }
}

it('a cursor belongs to one process, holds what that has not read, and is free when that is killed', async () => {
  const directory = await temporaryFolder()
  const options = { codec: jsonCodec<string>(), segmentBytes: 4096, cursorSyncMs: 10 }
  await using journal = await openJournal(directory, options)
  const append = async (): Promise<void> => {
    await journal.append('x'.repeat(1500))
  }
  for (let index = 0; index < 10; index += 1) await append()
  const other = await otherProcess(directory)
  expect(await other.tell('make theirs 2')).toBe('made')
  const mine = await journal.subscriber('mine')
  await mine.seek('newest')
  while (journal.stats.firstSeq === 1) await append()
  expect(journal.stats.firstSeq).toBeLessThanOrEqual(3)
  expect(journal.subscribers().find(({ name }) => name === 'theirs')).toMatchObject({
    ackedSeq: 2,
    active: false,
  })

  await expect(journal.subscriber('theirs')).rejects.toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
  await expect(journal.removeSubscriber('theirs')).rejects.toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
  expect(await other.tell('own mine')).toContain('JOURNAL_SUBSCRIBER_BUSY')

  await other.tell('ack theirs 6')
  // It goes by itself, with the appends that come after the other process has synced.
  while (journal.stats.firstSeq <= 5) await append()
  await mine.seek('newest')
  expect(journal.stats.firstSeq).toBeLessThanOrEqual(7)

  await other.tell('ack theirs 8')
  await other.kill()
  const theirs = await journal.subscriber('theirs')
  expect(theirs.ackedSeq).toBeGreaterThanOrEqual(6)
  await theirs.seek('newest')
  await mine.seek('newest')
  while (journal.stats.segments > 1) await new Promise((resolve) => setImmediate(resolve))
})
