import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

import { openJournal } from '../src/index.ts'
import { bundled } from './helpers/bundled.ts'
import { newFileSystem } from './helpers/journals.ts'
import { temporaryFolder } from './helpers/processes.ts'

const limited = async (limit: number, subscribers: number): Promise<Record<string, unknown>> => {
  const script = bundled(new URL('./helpers/descriptor-child.ts', import.meta.url))
  const run = `ulimit -n ${limit}; exec "$0" "$@"`
  const words = ['-c', run, process.execPath, script, await temporaryFolder(), String(subscribers)]
  const child = spawn('bash', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(await text(child.stdout)) as Record<string, unknown>
}

it('subscribers that stand still cost no descriptor, and appends go on when others have taken all', async () => {
  const { idle, reading, refusals, ...rest } = await limited(200, 90)
  expect(idle).toBeLessThanOrEqual(2)
  expect(reading).toBeLessThan(150)
  expect(rest).toEqual({ rejected: '', state: 'open' })
  // Who reads a segment of their own is told, and reads everything later.
  expect(['JOURNAL_IO EMFILE', undefined]).toContain((refusals as unknown[])[0])
})

it('where no descriptor is left at all the error and the health say so, and what to do', async () => {
  const fileSystem = newFileSystem()
  await using journal = await openJournal('journal', { fileSystem, minFreeBytes: 0 })
  const mend = fileSystem.fail('open', 'EMFILE')
  const advice = /no file descriptor is left \(.*EMFILE.*\); raise the limit of open files \("ulimit -n"\)/
  await expect(journal.append(new Uint8Array(1))).rejects.toMatchObject({
    code: 'JOURNAL_IO',
    retryable: true,
    message: expect.stringMatching(advice) as unknown,
  })
  expect(journal.health).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(advice) as unknown,
  })
  await expect(journal.subscriber('s')).rejects.toThrow(advice)
  mend()
  expect(await journal.append(new Uint8Array(1))).toMatchObject({ lastSeq: 1 })
  expect(journal.health.state).toBe('open')
})
