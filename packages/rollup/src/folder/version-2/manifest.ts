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
  text,
  type Shape,
} from '@tocsin/core/shape'
import { crc32 } from 'node:zlib'

import { RollupError } from '../../errors.ts'
import type { RollupPosition } from '../../rollup-store.ts'

/** A segment of versions 1 and 2: one window length, and one stretch of 1440 windows. */
export interface OldSegmentName {
  readonly periodMs: number
  /** Start of the stretch divided by its length. */
  readonly shard: number
  readonly number: number
}

/** What a folder of versions 1 and 2 holds: all else does not count. */
export interface OldManifest {
  readonly format: 'tocsin-rollup'
  readonly version: 1 | 2
  /** Window lengths, ms; the shortest are minutes. */
  readonly periods: readonly number[]
  /** Last journal record that is in the segments. */
  readonly position: RollupPosition | null
  /** Number of the log that holds what came after. */
  readonly head: number
  /** Bytes of `series.dat` that hold. */
  readonly dictionaryBytes: number
  /** Older ones first; a newer one replaces what an older one says of the same window. */
  readonly segments: readonly OldSegmentName[]
}

/** Names all other files. */
export const manifestName = 'MANIFEST'

function manifestShape(): Shape<OldManifest> {
  const position: Shape<RollupPosition> = object(
    { journalId: text(0, 65_536), seq: number() },
    { open: true },
  )
  const segment: Shape<OldSegmentName> = object(
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
      dictionaryBytes: integer(0),
      segments: list(segment, 0, 10_000_000),
    },
    { open: true },
  )
}

/** Reads the manifest. Rejects with `ROLLUP_CORRUPT` where it is damaged: these versions have no other. */
export async function readManifest(fileSystem: FileSystem, directory: string): Promise<OldManifest> {
  const path = `${directory}/${manifestName}`
  const bytes = (await fileSystem.readFile(path)) ?? new Uint8Array(0)
  const [checksum, json = ''] = new TextDecoder().decode(bytes).split('\n')
  const manifest =
    checksum === crc32(json).toString(16).padStart(8, '0')
      ? read(manifestShape(), JSON.parse(json), 'manifest')
      : new Flaw('', 'it fails its checksum')
  if (!(manifest instanceof Flaw)) return manifest
  throw new RollupError(
    'ROLLUP_CORRUPT',
    `${path} cannot be read: ${manifest.message}; restore it, or remove the folder and write the journal again`,
    { file: path },
  )
}
