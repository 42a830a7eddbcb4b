import { isAscii, isUtf8 } from 'node:buffer'

import { NotifyError } from '../errors.ts'
import type { NotifyChange } from '../model/change.ts'
import { changesVersion, checkChanges } from '../model/stored-change.ts'

/** What one record of a store holds; an empty record holds nothing. FORMAT.md of this package describes it. */
export interface StoredRecord {
  /** There together or not at all. */
  readonly changes?: readonly NotifyChange[]
  /** In the first record of a file of changes: the numbers of the files before it, and how many of their bytes count. */
  readonly ends?: readonly (readonly [file: number, end: number])[]
  /** In the last record of a snapshot: nothing of it is missing. */
  readonly whole?: true
}

/** Changes of a snapshot are put together up to so many characters: what a bad byte costs. */
const snapshotRecordLength = 4096
const nothing = {}

/** The bytes of a record. */
export const encodeRecord = (record: StoredRecord): Uint8Array =>
  Buffer.from(JSON.stringify({ version: changesVersion, ...record }))

/** The bytes of records that hold these changes, one after the other. */
export function* encodeSnapshot(changes: Iterable<NotifyChange>): Generator<Uint8Array> {
  let written: string[] = []
  let length = 0
  const put = (): Uint8Array => Buffer.from(`{"version":${changesVersion},"changes":[${written.join(',')}]}`)
  for (const change of changes) {
    const json = JSON.stringify(change)
    written.push(json)
    length += json.length
    if (length < snapshotRecordLength) continue
    yield put()
    written = []
    length = 0
  }
  if (written.length > 0) yield put()
  yield encodeRecord({ whole: true })
}

/**
 * What a record holds; `undefined` where its bytes are sound, but not what this package writes. Throws `NOTIFY_STORE_CORRUPT` where a newer
 * version of this package has written it: to leave that out would lose it.
 */
export function decodeRecord(payload: Uint8Array, path: string): StoredRecord | undefined {
  if (payload.length === 0) return nothing
  const record = parse(payload)
  if (record === undefined || typeof record['version'] !== 'number') return undefined
  if (record['version'] > changesVersion) {
    throw new NotifyError(
      'NOTIFY_STORE_CORRUPT',
      `${path} was written by a newer version of this package; use that one`,
      { path, version: record['version'] },
    )
  }
  const { changes, ends } = record
  if (changes !== undefined && checkChanges(changes) !== undefined) return undefined
  if (ends !== undefined && !(Array.isArray(ends) && ends.every(isEnd))) return undefined
  return record
}

const isEnd = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((each) => Number.isSafeInteger(each))

function parse(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    if (!isUtf8(payload)) return undefined
    const { buffer, byteOffset, length } = payload
    const text = Buffer.from(buffer, byteOffset, length).toString(isAscii(payload) ? 'latin1' : 'utf8')
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
