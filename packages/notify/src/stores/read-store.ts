import { emptyRecordBytes, scanRecords } from '@tocsin/core/record-log'

import type { NotifyChange } from '../model/change.ts'
import { fileName, findStoreFiles, recordsOf } from './store-files.ts'
import type { FoundFiles, StoreFile, StoreFolder } from './store-files.ts'
import { decodeRecord } from './stored-record.ts'

/** Changes that were durable are lost there. */
export interface StoreDamage {
  /** Name of the file. */
  readonly file: string
  /** First byte. */
  readonly from: number
  /** First byte behind it. */
  readonly to: number
  /** Records that are lost; 0 where that cannot be told. */
  readonly records: number
}

/** What was found when a store was read. */
export interface StoreRecovery {
  /** In order. What stood there is not known; all else was read. */
  readonly damaged: readonly StoreDamage[]
  /** Bytes of an append that was cut off, and that was never acknowledged. */
  readonly tornBytes: number
}

/** A file of a store, and what of it counts. */
export interface KnownFile extends StoreFile {
  /** Bytes that count. */
  end: number
  /** Something of it is lost, and might be found by somebody else: it is never removed. */
  readonly isDamaged: boolean
}

/** A file that was read. */
interface FoundFile extends KnownFile {
  /** Up to there it was durable for certain; behind it are an append that may have been under way, or failed, and a mark. */
  readonly sureEnd: number
}

/** A folder that was read. */
export interface ReadStore extends StoreRecovery, Pick<FoundFiles, 'leftOver' | 'next'> {
  readonly files: readonly FoundFile[]
  /** Number of the next record of the last file; absent where that file cannot be continued. */
  readonly nextRecord: number | undefined
  /** Records that hold something. */
  readonly records: number
}

/** A first record is read whole where it has at most so many bytes. */
const firstRecordBytes = 65_536

/** Reads all that counts in a folder, in order, and lets others run between. Damage costs what it hit, and is told. */
export async function readStore(
  folder: StoreFolder,
  take: (change: NotifyChange) => void,
): Promise<ReadStore> {
  const found = findStoreFiles(await folder.fileSystem.list(folder.directory))
  const ends = await readEnds(folder, found.files)
  const damaged: StoreDamage[] = []
  const files: FoundFile[] = []
  let torn = 0
  let records = 0
  let nextRecord: number | undefined
  for (const file of found.files) {
    const to = ends.get(file.number)
    ends.delete(file.number)
    const read = await readFile(folder, file, to, take)
    damaged.push(...read.damaged)
    files.push({ ...file, end: read.end, sureEnd: read.sureEnd, isDamaged: read.damaged.length > 0 })
    torn += read.torn
    records += read.records
    nextRecord = read.next
  }
  const first = found.files[0]
  for (const [number, end] of ends) {
    if (first === undefined || (first.isSnapshot && number < first.number) || end === 0) continue
    damaged.unshift({ file: fileName({ number, isSnapshot: false }), from: 0, to: end, records: 0 })
  }
  const { leftOver, next } = found
  return { files, damaged, tornBytes: torn, records, nextRecord, leftOver, next }
}

/** What the files say of where those before them end. */
async function readEnds(folder: StoreFolder, files: readonly StoreFile[]): Promise<Map<number, number>> {
  const ends = new Map<number, number>()
  for (const file of files) {
    const name = recordsOf(folder, file)
    const look = (payload: Uint8Array, begin: number): void => {
      const record = begin === 0 ? decodeRecord(payload, name.path) : undefined
      for (const [number, end] of record?.ends ?? []) ends.set(number, end)
    }
    if (!file.isSnapshot) await scanRecords(name, look, { to: firstRecordBytes })
  }
  return ends
}

interface ReadFile {
  readonly end: number
  readonly sureEnd: number
  readonly next: number | undefined
  readonly torn: number
  readonly records: number
  readonly damaged: readonly StoreDamage[]
}

async function readFile(
  folder: StoreFolder,
  storeFile: StoreFile,
  to: number | undefined,
  take: (change: NotifyChange) => void,
): Promise<ReadFile> {
  const name = recordsOf(folder, storeFile)
  const file = fileName(storeFile)
  const wrong: StoreDamage[] = []
  let isWhole = !storeFile.isSnapshot
  let records = 0
  let sureEnd = 0
  let isBegun = false
  const scan = await scanRecords(
    name,
    (payload, from, end) => {
      const record = decodeRecord(payload, name.path)
      if (record === undefined) {
        wrong.push({ file, from, to: end, records: 1 })
        return
      }
      records += payload.length > 0 ? 1 : 0
      isWhole ||= record.whole === true
      // Each append is durable before what follows it; the first of a file is two records.
      if (record.whole === true) sureEnd = end
      else if (!isBegun) sureEnd = from
      isBegun = record.ends !== undefined
      for (const change of record.changes ?? []) take(change)
    },
    { to },
  )
  const damaged = [...scan.damaged.filter(isLoss).map((part) => ({ file, ...part })), ...wrong]
  damaged.sort((a, b) => a.from - b.from)
  const isShort = to !== undefined && scan.end < to
  // A snapshot has its name only once it is whole.
  const isCut = isShort || (!isWhole && damaged.length === 0)
  if (isCut) damaged.push({ file, from: scan.end, to: to ?? scan.end + scan.torn, records: 0 })
  return {
    end: to ?? scan.end,
    sureEnd: to ?? sureEnd,
    next: to === undefined && scan.torn === 0 && scan.end > 0 ? scan.next : undefined,
    torn: isCut ? 0 : scan.torn,
    records,
    damaged,
  }
}

/** What is as short as that held nothing: a mark that no sync had waited for, in front of a write that the power let through. */
const isLoss = ({ from, to, records }: { from: number; to: number; records: number }): boolean =>
  records !== 1 || to - from > emptyRecordBytes
