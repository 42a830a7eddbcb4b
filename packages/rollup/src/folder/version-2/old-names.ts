import type { FileSystem } from '@tocsin/core'
import { crc32 } from 'node:zlib'

import { RollupError } from '../../errors.ts'
import { FieldReader } from './field-reader.ts'

/** Holds the names in the order of their numbers. */
const oldNamesFile = 'series.dat'

/**
 * Names of all series, by number, from the first `length` bytes of the file. Rejects with `ROLLUP_CORRUPT` where one is damaged: the
 * numbers of all behind it would be unknown.
 */
export async function readOldNames(
  fileSystem: FileSystem,
  directory: string,
  length: number,
): Promise<string[]> {
  const path = `${directory}/${oldNamesFile}`
  const bytes = (await fileSystem.readFile(path)) ?? new Uint8Array(0)
  const names: string[] = []
  const frames = new FieldReader(bytes.subarray(0, length))
  try {
    for (let at = 0; at < length; at += 1) {
      const payloadBytes = frames.u32()
      const checksum = frames.u32()
      const payload = frames.raw(payloadBytes)
      if (crc32(payload) !== checksum) throw new RangeError('a checksum is wrong')
      const fields = new FieldReader(payload)
      while (fields.left > 0) names.push(fields.text())
      if (frames.left === 0 && bytes.length >= length) return names
    }
  } catch (error) {
    throw damagedNames(path, error)
  }
  if (length > 0) throw damagedNames(path, undefined)
  return names
}

const damagedNames = (path: string, cause: unknown): RollupError =>
  new RollupError(
    'ROLLUP_CORRUPT',
    `the names of the series in ${path} are damaged; restore the file, or remove the folder and write the journal again`,
    { file: path },
    cause,
  )
