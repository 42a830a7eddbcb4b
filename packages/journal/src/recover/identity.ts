import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { FileSystem } from '@tocsin/core'

import { JournalError } from '../errors.ts'
import { isUuid } from '../format/bytes.ts'
import { formatVersion, refuseNewerFormat, segmentNumber } from '../format/segment-header.ts'
import { findSegment, withOpenFile } from '../segments/segment-scan.ts'

/** What `journal.json` says. */
export interface Identity {
  readonly format: number
  readonly id: string
  readonly codec: string
}

const identityPath = (directory: string): string => `${directory}/journal.json`

const checksum = ({ format, id, codec }: Identity): number => crc32(JSON.stringify([format, id, codec]))

/** The id in `journal.json`: `undefined` where there is no such file, `'damaged'` where it cannot be read. */
export async function readIdentity(
  fileSystem: FileSystem,
  directory: string,
  codec: string,
): Promise<string | undefined> {
  const identity = await storedIdentity(fileSystem, directory)
  if (identity === undefined || identity === 'damaged') return identity
  if (identity.codec !== codec) {
    throw new JournalError(
      'JOURNAL_CODEC_MISMATCH',
      `${directory} holds records of codec "${identity.codec}", not "${codec}"; open it with that codec or use another folder`,
      { directory, codec },
    )
  }
  return identity.id
}

/** The same with all that `journal.json` says, whichever codec it names. Throws where a newer release wrote it. */
export async function storedIdentity(
  fileSystem: FileSystem,
  directory: string,
): Promise<Identity | 'damaged' | undefined> {
  const bytes = await fileSystem.readFile(identityPath(directory))
  if (bytes === undefined) return undefined
  const identity = parse(bytes)
  if (identity === undefined) return 'damaged'
  refuseNewerFormat(identity.format, directory)
  return identity
}

/** Writes `journal.json` in one step and makes it durable. */
export async function writeIdentity(
  fileSystem: FileSystem,
  directory: string,
  codec: string,
  id: string = randomUUID(),
): Promise<string> {
  const identity = { format: formatVersion, id, codec }
  const json = JSON.stringify({ ...identity, crc: checksum(identity) })
  const temporary = `${identityPath(directory)}.new`
  await fileSystem.remove(temporary)
  await withOpenFile(fileSystem, temporary, 'create', async (file) => {
    await file.write(new TextEncoder().encode(`${json}\n`), 0)
    await file.sync()
  })
  await fileSystem.rename(temporary, identityPath(directory))
  await fileSystem.syncDirectory(directory)
  return id
}

/** The id that the first sound segment bears. */
export async function findJournalId(fileSystem: FileSystem, directory: string): Promise<string | undefined> {
  for (const name of await fileSystem.list(directory)) {
    const number = segmentNumber(name)
    if (number === undefined) continue
    const segment = await findSegment(fileSystem, `${directory}/${name}`, number)
    if (segment?.header !== undefined) return segment.header.journalId
  }
  return undefined
}

function parse(bytes: Uint8Array): Identity | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof json !== 'object' || json === null) return undefined
    const { format, id, codec, crc } = json as Record<string, unknown>
    if (typeof format !== 'number' || typeof id !== 'string' || typeof codec !== 'string') return undefined
    const identity = { format, id, codec }
    return isUuid(id) && crc === checksum(identity) ? identity : undefined
  } catch {
    return undefined
  }
}
