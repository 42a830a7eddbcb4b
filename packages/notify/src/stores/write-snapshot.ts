import { createRecordFile } from '@tocsin/core/record-log'
import { Slices } from '@tocsin/core/slices'

import type { NotifyChange } from '../model/change.ts'
import { fileName, temporaryName } from './store-files.ts'
import type { StoreFolder } from './store-files.ts'
import { encodeSnapshot } from './stored-record.ts'

/** Records are written in pieces of so many bytes: others sync between them. */
const pieceBytes = 1 << 20

/**
 * Writes a file that begins with these changes, durably, and gives it its name in one step when it is whole and `mayCount` agrees. Gives its
 * bytes. Lets others run meanwhile. Where it fails, all is as it was, but that the name may be there where only its sync failed.
 */
export async function writeSnapshot(
  { fileSystem, directory }: StoreFolder,
  number: number,
  changes: readonly NotifyChange[],
  mayCount: () => void,
): Promise<number> {
  const path = `${directory}/${temporaryName(number)}`
  await fileSystem.remove(path)
  try {
    const file = await createRecordFile({ fileSystem, path, id: number })
    try {
      const slices = new Slices()
      let piece: Uint8Array[] = []
      let bytes = 0
      for (const record of encodeSnapshot(changes)) {
        piece.push(record)
        bytes += record.length
        if (slices.isOver) await slices.pause()
        if (bytes < pieceBytes) continue
        await file.appendAll(piece)
        piece = []
        bytes = 0
      }
      await file.appendAll(piece)
    } finally {
      await file.close()
    }
    mayCount()
    await fileSystem.rename(path, `${directory}/${fileName({ number, isSnapshot: true })}`)
    await fileSystem.syncDirectory(directory)
    return file.end
  } catch (error) {
    await fileSystem.remove(path).catch(() => undefined)
    throw error
  }
}
