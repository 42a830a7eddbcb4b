import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { onTestFinished } from 'vitest'

/** A folder on the real disk that goes when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/tocsin-core-`)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
