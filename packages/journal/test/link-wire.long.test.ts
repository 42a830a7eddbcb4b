import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { newFileSystem, openStrings } from './helpers/journals.ts'
import { fuzzMessages } from './helpers/link-fuzz.ts'

describe('the messages of a link', () => {
  it('never harm whoever reads them, in a hundred thousand mutations', async () => {
    const journal = await openStrings(newFileSystem(), { segmentBytes: 65_536 })
    await journal.append('x'.repeat(5000))
    const frame = await firstValueFrom((await journal.subscriber('s')).frames())
    expect(fuzzMessages(frame, 100_000).refused).toBeGreaterThan(25_000)
  })
})
