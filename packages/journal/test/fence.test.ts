import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { copyOf, directory, newFileSystem, openStrings, readAll, replaceFile } from './helpers/journals.ts'

describe('a writer that was stopped and lost its folder', () => {
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
