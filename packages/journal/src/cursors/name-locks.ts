import { lockName, openNameLocks } from '@tocsin/core/lock'

import type { TakeName } from './cursor-list.ts'
import { removalTurn } from './removal.ts'

/** The names of a folder of the machine: those of subscribers are kept, and cost no descriptor each; the turn is let go at once. */
export function folderNames(directory: string): TakeName {
  const keep = openNameLocks(directory)
  return (name) => (name === removalTurn ? lockName(directory, name) : keep(name))
}
