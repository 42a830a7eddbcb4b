import type { OpenFile } from '@tocsin/core'
import type { MemoryFileSystem, PowerCut } from '@tocsin/core/testing'
import { memoryFileSystem } from '@tocsin/core/testing'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export async function textOf(fileSystem: MemoryFileSystem, path: string): Promise<string | undefined> {
  const content = await fileSystem.readFile(path)
  return content && new TextDecoder().decode(content)
}

/** A folder with a file of ten bytes, all of it durable. */
export async function withFile(): Promise<{ fileSystem: MemoryFileSystem; file: OpenFile }> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('d')
  await fileSystem.syncDirectory('.')
  const file = await fileSystem.open('d/file', 'create')
  await file.write(bytes('0123456789'), 0)
  await file.sync()
  await fileSystem.syncDirectory('d')
  return { fileSystem, file }
}

/** A power cut that loses all it can. */
export const nothing: PowerCut = { name: () => false }

/** A power cut that loses nothing. */
export const everything: PowerCut = {
  write: (written) => written,
  grow: (zeros) => zeros,
  cut: () => true,
  name: () => true,
}
