import { stat } from 'node:fs/promises'
import type { FileSystem, OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'

const refused = (path: string): Error =>
  Object.assign(new Error(`${path} is only read`), { code: 'EROFS', path })

const refuse = async (path: string): Promise<never> => {
  throw refused(path)
}

/**
 * The files of a folder that is only looked at: whatever would write fails, and removing what a crash left does nothing. Only
 * plain files are opened, because a named pipe would keep waiting for whoever writes into it.
 */
export function readOnlyFileSystem(fileSystem: FileSystem): FileSystem {
  return {
    ...fileSystem,
    makeDirectory: refuse,
    rename: refuse,
    renameNew: refuse,
    link: refuse,
    syncDirectory: refuse,
    remove: async () => undefined,
    readFile: async (path) => {
      try {
        await checkPlainFile(path)
        return await fileSystem.readFile(path)
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw error
      }
    },
    open: async (path, mode) => {
      if (mode === 'create') throw refused(path)
      await checkPlainFile(path)
      return readOnlyFile(await fileSystem.open(path, 'read'), path)
    },
  }
}

const readOnlyFile = (file: OpenFile, path: string): OpenFile => ({
  ...file,
  write: () => refuse(path),
  sync: () => refuse(path),
  truncate: () => refuse(path),
})

/** A link that leads nowhere, or round in circles, is no file that is there. */
async function checkPlainFile(path: string): Promise<void> {
  let plain
  try {
    plain = (await stat(path)).isFile()
  } catch (error) {
    if (codeOf(error) !== 'ELOOP') throw error
    throw Object.assign(new Error(`${path} is a link that leads nowhere`, { cause: error }), {
      code: 'ENOENT',
    })
  }
  if (!plain) throw Object.assign(new Error(`${path} is no plain file`), { code: 'EISDIR' })
}
