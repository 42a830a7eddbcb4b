import type { FileSystem } from '@tocsin/core'
import {
  either,
  Flaw,
  integer,
  list,
  number,
  object,
  oneOf,
  read,
  type Shape,
  text,
} from '@tocsin/core/shape'
import { crc32 } from 'node:zlib'

import { RollupError } from '../errors.ts'
import type { RollupPosition } from '../rollup-store.ts'
import type { SegmentName } from './segment-name.ts'

/** What the folder holds: everything that is not named here does not count. */
export interface Manifest {
  readonly format: 'tocsin-rollup'
  /** 2 since windows have more than two parts of a sum; 1 is still read. */
  readonly version: 1 | 2
  /** Window lengths, ms. */
  readonly periods: readonly number[]
  /** Last journal record that is in the segments. */
  readonly position: RollupPosition | null
  /** Number of the log that holds what came after. */
  readonly head: number
  /** Next number for a file. */
  readonly nextNumber: number
  /** Bytes of the series file that hold. */
  readonly dictionaryBytes: number
  /** Older ones first; a newer one replaces what an older one says of the same window. */
  readonly segments: readonly SegmentName[]
}

/** Name of the file that names all others. */
export const manifestName = 'MANIFEST'
const temporaryName = 'MANIFEST.tmp'

/** Made when a folder is opened: who bundles `rollup()` alone has none of it. */
function manifestShape(): Shape<Manifest> {
  const position: Shape<RollupPosition> = object(
    { journalId: text(0, 65_536), seq: number() },
    { open: true },
  )
  const segment: Shape<SegmentName> = object(
    { periodMs: integer(1), shard: integer(Number.MIN_SAFE_INTEGER), number: integer(0) },
    { open: true },
  )
  return object(
    {
      format: oneOf(['tocsin-rollup']),
      version: oneOf([1, 2]),
      periods: list(integer(1), 0, 1000),
      position: either(oneOf([null]), position),
      head: integer(0),
      nextNumber: integer(0),
      dictionaryBytes: integer(0),
      segments: list(segment, 0, 10_000_000),
    },
    { open: true },
  )
}

/** The manifest; `undefined` where there is none. */
export async function readManifest(fileSystem: FileSystem, directory: string): Promise<Manifest | undefined> {
  const path = `${directory}/${manifestName}`
  const bytes = await fileSystem.readFile(path)
  if (bytes === undefined) return undefined
  const lines = new TextDecoder().decode(bytes).split('\n')
  const [checksum, json = ''] = lines
  if (checksum !== hex(json)) {
    throw new RollupError(
      'ROLLUP_CORRUPT',
      `${path} fails its checksum; restore it, or remove the folder and write the journal again`,
      { file: path },
    )
  }
  const manifest = read(manifestShape(), JSON.parse(json), 'manifest')
  if (manifest instanceof Flaw) {
    throw new RollupError(
      'ROLLUP_CORRUPT',
      `${path} cannot be read: ${manifest.message}; use the version of @tocsin/rollup that wrote it`,
      {
        file: path,
      },
    )
  }
  return manifest
}

/** Writes a new manifest beside the present one. The files that it names must be durable before. */
export async function writeManifest(
  fileSystem: FileSystem,
  directory: string,
  manifest: Manifest,
): Promise<void> {
  const json = JSON.stringify(manifest)
  const temporary = `${directory}/${temporaryName}`
  await fileSystem.remove(temporary)
  const file = await fileSystem.open(temporary, 'create')
  try {
    await file.write(new TextEncoder().encode(`${hex(json)}\n${json}\n`), 0)
    await file.sync()
  } finally {
    await file.close()
  }
  // The names of the files that the manifest names come before the manifest.
  await fileSystem.syncDirectory(directory)
}

/** Puts the new manifest in the place of the present one, durably. When it fails, either of the two may be there. */
export async function renameManifest(fileSystem: FileSystem, directory: string): Promise<void> {
  await fileSystem.rename(`${directory}/${temporaryName}`, `${directory}/${manifestName}`)
  await fileSystem.syncDirectory(directory)
}

const hex = (text: string): string => crc32(text).toString(16).padStart(8, '0')
