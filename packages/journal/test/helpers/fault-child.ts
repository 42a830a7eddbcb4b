import { writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'

import { jsonCodec, openJournal } from '../../src/index.ts'

// Ends in the middle of its appends, as the mode says, or uses up all file descriptors and gives them back.
const [directory = '', mode = ''] = process.argv.slice(2)
const say = (line: string): number => writeSync(1, `${line}\n`)
const journal = await openJournal(directory, { codec: jsonCodec<string>(), segmentBytes: 4096 })
// A disk that fails is what this is about; on stderr stands only what is not expected.
journal.problems.subscribe({ error: console.error })

if (mode === 'descriptors') await withoutDescriptors()
else appendAndEnd()

function appendAndEnd(): void {
  let acknowledged = 0
  const ends: Record<string, () => void> = {
    exit: () => process.exit(3),
    throw: () => {
      throw new Error('uncaught')
    },
    reject: () => void Promise.reject(new Error('unhandled')),
    // Nothing is waited for, and nothing keeps the process alive but the appends themselves.
    return: () => undefined,
  }
  for (let serial = 0; serial < 500; serial += 1) {
    void journal.appendBatch([`${serial}:0`, `${serial}:${'x'.repeat(300)}`]).then(({ firstSeq }) => {
      say(`${firstSeq} ${serial}`)
      acknowledged += 1
    })
    if (serial % 50 === 0) setImmediate(() => undefined)
  }
  const timer = setInterval(() => {
    if (acknowledged === 0) return
    clearInterval(timer)
    ends[mode]?.()
  }, 0)
  // More than one frame, so that some are under way when it ends.
  let turn = 0
  const more = setInterval(() => {
    if (turn++ === 40) clearInterval(more)
    void journal.append(`late ${turn}${'x'.repeat(2000)}`)
  }, 0)
}

async function withoutDescriptors(): Promise<void> {
  const reader = await journal.subscriber('reader')
  const value = 'x'.repeat(1500)
  await journal.append(value)
  const held: FileHandle[] = []
  try {
    for (;;) held.push(await open('/dev/null'))
  } catch (error) {
    say(`out of descriptors: ${(error as NodeJS.ErrnoException).code}`)
  }
  // Two of these begin a segment.
  for (let index = 0; index < 4; index += 1) {
    await journal.append(value).then(
      ({ firstSeq }) => say(`appended ${firstSeq}`),
      (error: unknown) =>
        say(`refused ${(error as { code: string }).code} ${String((error as Error).cause)}`),
    )
  }
  await journal
    .subscriber('other')
    .catch((error: unknown) => say(`refused ${(error as { code: string }).code}`))
  for (const file of held) await file.close()
  const { firstSeq } = await journal.append(value)
  say(`appended again ${firstSeq}`)
  say(`kept ${journal.stats.firstSeq} to ${journal.stats.lastSeq}, reader at ${reader.ackedSeq}`)
  await journal.close()
  say('closed')
}
