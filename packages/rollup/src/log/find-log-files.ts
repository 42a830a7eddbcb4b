import type { FileSystem } from '@tocsin/core'

import type { RollupPosition } from '../rollup-store.ts'
import {
  findFile,
  logFileName,
  recordFileName,
  type FoundFile,
  type LogDamage,
  type LogFile,
} from './log-file.ts'

/** The files of a log as they were found. */
export interface FoundLog {
  /** In order. */
  readonly files: LogFile[]
  readonly position: RollupPosition | null
  readonly completeFrom: number
  /** Of files that do not say so themselves. */
  readonly ends: Map<number, number>
  /** The last record of the last file, when that was not closed: it may not be durable, though it can be read. */
  readonly doubtful:
    { readonly file: number; readonly payload: Uint8Array; readonly begin: number } | undefined
  readonly damaged: readonly LogDamage[]
  /** What a write that was cut off left. */
  readonly tornBytes: number
}

/** Looks at all files: at their ends alone where they were closed. */
export async function findLogFiles(
  fileSystem: FileSystem,
  directory: string,
  leastFile: number,
): Promise<FoundLog> {
  const numbers = (await fileSystem.list(directory))
    .flatMap((name) => /^log-([1-9]\d*)\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  const names = numbers.map((number) => recordFileName(fileSystem, directory, number))
  const found: FoundFile[] = []
  for (const name of names) found.push(await findFile(name))
  const ends = new Map(found.flatMap(({ ends }) => [...ends]))
  for (const [index, name] of names.entries()) {
    const end = ends.get(name.id)
    const { file } = found[index] ?? {}
    if (end !== undefined && file !== undefined && file.end > end) found[index] = await findFile(name, end)
  }
  const completeFrom = Math.max(-Infinity, ...found.map((one) => one.completeFrom))
  // A file without records was begun when the process ended.
  const at = Math.max(
    0,
    found.findLastIndex(({ file }) => file.end > 0),
  )
  const newest = found[at]
  const damaged = [
    ...found.flatMap((one) => one.damaged),
    ...missingFiles(numbers, leastFile, completeFrom),
    ...found.slice(0, at).flatMap(({ file, torn }) => brokenEnd(file, torn, ends)),
  ]
  return {
    files: found.map(({ file }) => file),
    position: found.findLast((one) => one.position !== null)?.position ?? null,
    completeFrom,
    ends: new Map(found.flatMap(({ file }) => (file.sealed ? [] : [[file.number, file.end] as const]))),
    doubtful: newest?.last && { file: newest.file.number, ...newest.last },
    damaged,
    tornBytes: found.slice(at).reduce((sum, { torn }) => sum + torn, 0),
  }
}

/** Files go from the oldest on, and what is left then says from where the log is complete. */
function missingFiles(
  numbers: readonly number[],
  leastFile: number,
  completeFrom: number,
): readonly LogDamage[] {
  const [first = leastFile] = numbers
  const start = first > 1 && completeFrom === -Infinity ? [first - 1] : []
  const between = numbers.flatMap((number, index) => {
    const next = numbers[index + 1] ?? number + 1
    return Array.from({ length: Math.min(next - number - 1, 16) }, (_, missing) => number + 1 + missing)
  })
  return [...start, ...between].map((number) => ({ file: logFileName(number), from: 0, to: 0, records: 0 }))
}

/** What stands behind the last record of a file that another one follows, which would say so if a write had been cut off there. */
function brokenEnd(
  { number, end, bytes, sealed }: LogFile,
  torn: number,
  ends: ReadonlyMap<number, number>,
): readonly LogDamage[] {
  if (sealed || torn === 0 || ends.has(number)) return []
  return [{ file: logFileName(number), from: end, to: bytes, records: 0 }]
}
