import { codeOf } from './error-code.ts'
import type { FileSystem } from '../ports/file-system.ts'

/** Makes a folder and its parents; the names of those that were not there become durable. */
export async function makeDurableDirectory(fileSystem: FileSystem, directory: string): Promise<void> {
  const missing: string[] = []
  let path = directory
  while (!isRoot(path) && !(await exists(fileSystem, path))) {
    missing.unshift(path)
    path = parentOf(path)
  }
  // Whoever made it may have been killed before its name was durable.
  if (!isRoot(path)) await fileSystem.syncDirectory(parentOf(path)).catch(ignoreRefusal)
  for (const folder of missing) {
    await fileSystem.makeDirectory(folder)
    await fileSystem.syncDirectory(parentOf(folder))
  }
}

/** A folder of others need not let itself be synced; a disk that fails is another matter. */
function ignoreRefusal(error: unknown): void {
  if (!['EACCES', 'EPERM', 'EROFS', 'EINVAL'].includes(codeOf(error) ?? '')) throw error
}

const isRoot = (path: string): boolean => path === '' || path === '.' || path === '/'

async function exists(fileSystem: FileSystem, directory: string): Promise<boolean> {
  try {
    await fileSystem.list(directory)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** The folder that a path is in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash) || '/'
}
