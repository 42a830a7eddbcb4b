import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { lastValueFrom, takeWhile, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { jsonCodec, openJournal } from '../src/index.ts'
import { bundled } from './helpers/bundled.ts'
import { temporaryFolder } from './helpers/processes.ts'

/** Runs `fault-child.ts` to its end. */
async function run(
  before: readonly string[],
  ...words: readonly string[]
): Promise<{ lines: readonly string[]; status: number | null; errors: string }> {
  const script = bundled(new URL('./helpers/fault-child.ts', import.meta.url))
  const [program = '', ...rest] = [...before, process.execPath, script, ...words]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  await closed
  return { lines: out.split('\n').filter((line) => line !== ''), status: child.exitCode, errors }
}

async function recordsIn(folder: string): Promise<ReadonlyMap<number, string>> {
  const journal = await openJournal(folder, { codec: jsonCodec<string>(), segmentBytes: 4096 })
  expect(journal.recovery.gaps).toEqual([])
  const values = new Map<number, string>()
  const batches = journal.readFrom('oldest').pipe(
    tap((batch) => {
      expect(batch.gaps).toEqual([])
      batch.values.forEach((value, index) => values.set(batch.position.firstSeq + index, value))
      batch.ack()
    }),
    takeWhile((batch) => batch.position.lastSeq < journal.stats.lastSeq, true),
  )
  await lastValueFrom(batches, { defaultValue: undefined })
  await journal.close()
  return values
}

describe('a process with appends that nobody waits for', () => {
  it.each([
    ['exit', 'calls process.exit()', 3],
    ['throw', 'throws', 1],
    ['reject', 'leaves a rejection unhandled', 1],
  ])(
    '%s: when it %s, everything that was acknowledged is there, and the folder is free',
    async (mode, _, code) => {
      const folder = await temporaryFolder()
      const { lines, status } = await run([], folder, mode)
      expect(status).toBe(code)
      expect(lines.length).toBeGreaterThan(0)
      const values = await recordsIn(folder)
      for (const line of lines) {
        const [firstSeq, serial] = line.split(' ')
        expect(values.get(Number(firstSeq))).toBe(`${serial}:0`)
        expect(values.get(Number(firstSeq) + 1)).toBe(`${serial}:${'x'.repeat(300)}`)
      }
      for (const value of values.values()) expect(value).toMatch(/^(\d+:(0|x{300})|late \d+x{2000})$/)
    },
  )

  it('loses none of them when it just comes to its end', async () => {
    const folder = await temporaryFolder()
    const { lines, errors } = await run([], folder, 'return')
    expect(errors).toBe('')
    expect(lines.length).toBe(500)
    expect((await recordsIn(folder)).size).toBeGreaterThanOrEqual(1000)
  })
})

describe('a process without file descriptors', () => {
  it('goes on writing, over several segments, by those that are kept back', async () => {
    const folder = await temporaryFolder()
    const { lines, errors } = await run(['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'], folder, 'descriptors')
    expect({ errors, last: lines.at(-1) }).toEqual({ errors: '', last: 'closed' })
    expect(lines[0]).toBe('out of descriptors: EMFILE')
    expect(lines.slice(1, 5)).toEqual(['appended 2', 'appended 3', 'appended 4', 'appended 5'])
    const values = await recordsIn(folder)
    expect([...values.keys()]).toEqual([1, 2, 3, 4, 5, 6])
  })
})
