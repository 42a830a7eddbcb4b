import type { StoreRecovery } from './read-store.ts'
import { findStoreFiles } from './store-files.ts'
import type { StoreFolder } from './store-files.ts'
import { raiseVersion1 } from './version-1-changes.ts'
import { readVersion1Lines } from './version-1-lines.ts'
import { writeSnapshot } from './write-snapshot.ts'

/** The one file of version 1. */
const oldName = 'alerts.log'
const nothing: StoreRecovery = { damaged: [], tornBytes: 0 }

/** What a file of version 1 holds, as changes of today. */
export async function readVersion1({
  fileSystem,
  directory,
}: StoreFolder): Promise<(StoreRecovery & Pick<ReturnType<typeof raiseVersion1>, 'changes'>) | undefined> {
  const names = await fileSystem.list(directory)
  if (!names.includes(oldName) || findStoreFiles(names).files.length > 0) return undefined
  const bytes = await fileSystem.readFile(`${directory}/${oldName}`)
  if (bytes === undefined) return undefined
  const { appends, damaged, tornBytes } = readVersion1Lines(bytes)
  const { changes, leftOut } = raiseVersion1(appends)
  const parts = damaged.map((part) => ({ file: oldName, ...part }))
  if (leftOut > 0) parts.push({ file: oldName, from: 0, to: bytes.length, records: leftOut })
  return { changes, damaged: parts, tornBytes }
}

/** Turns a folder of version 1 into one of today, once; the old file gets another name. Where it fails, all is as it was. */
export async function convertVersion1(folder: StoreFolder, mayCount: () => void): Promise<StoreRecovery> {
  const old = await readVersion1(folder)
  if (old === undefined) return nothing
  await writeSnapshot(folder, 1, old.changes, mayCount)
  const path = `${folder.directory}/${oldName}`
  if (old.damaged.length > 0) await folder.fileSystem.rename(path, `${path}.damaged`)
  else await folder.fileSystem.remove(path)
  return old
}
