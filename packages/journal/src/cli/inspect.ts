import { basename } from 'node:path'

import type { Fence } from '../format/segment-header.ts'
import type { ReadJournal } from './read-journal.ts'
import { readJournal } from './read-journal.ts'
import type { StoredOwner } from './stored-cursors.ts'
import { describeOwner, listed, lockOwner } from './stored-cursors.ts'
import type { Terminal } from './terminal.ts'
import { columns, count, exitCodes, formatBytes, formatTime, paint, printable } from './terminal.ts'

interface InspectedSegment {
  readonly segment: number
  readonly file: string
  /** `null`, as `begun` and `fence`, where the header is damaged. */
  readonly epoch: number | null
  readonly baseSeq: number
  readonly lastSeq: number
  readonly bytes: number
  /** Length of the file, which has room for what comes. */
  readonly fileBytes: number
  readonly begun: number | null
  readonly fence: Fence | null
}

/** What `inspect --json` prints. */
interface Inspection {
  readonly directory: string
  readonly id: string
  readonly codec: string | null
  readonly format: number
  readonly epoch: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly bytes: number
  readonly spareBytes: number | null
  readonly owner: StoredOwner | null
  readonly quarantine: { readonly files: number; readonly bytes: number }
  readonly segments: readonly InspectedSegment[]
  readonly subscribers: readonly {
    readonly name: string
    readonly ackedSeq: number | null
    readonly lagRecords: number
    readonly lagBytes: number
    readonly problem: string | null
  }[]
  readonly upstream: readonly {
    readonly journalId: string
    readonly lastSeq: number
    readonly checksum: number
  }[]
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

/** Prints what a folder holds; reads the newest segment and the headers of the others. */
export async function inspect(
  directory: string,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const inspection = await inspectionOf(directory)
  await terminal.out(json ? JSON.stringify(inspection, undefined, 2) : inspectionText(inspection, terminal))
  return inspection.problems.length > 0 ? exitCodes.damage : exitCodes.fine
}

async function inspectionOf(directory: string): Promise<Inspection> {
  const journal = await readJournal(directory)
  const { kept } = journal
  return {
    ...{
      directory,
      id: journal.id,
      codec: journal.codec ?? null,
      format: journal.format,
      epoch: journal.epoch,
    },
    ...{ firstSeq: kept.firstSeq, lastSeq: kept.lastSeq, bytes: kept.bytes },
    spareBytes: (await fileSize(journal, `${directory}/spare`)) ?? null,
    owner: (await lockOwner(directory)) ?? null,
    quarantine: await quarantineOf(journal),
    segments: journal.segments.map(({ found, kept: { baseSeq, lastSeq, bytes } }) => ({
      ...{ segment: found.segment, file: basename(found.path), epoch: found.header?.epoch ?? null },
      ...{ baseSeq, lastSeq, bytes, fileBytes: found.bytes, begun: found.header?.time ?? null },
      fence: found.header?.fence ?? null,
    })),
    subscribers: journal.cursors.map(({ name, ackedSeq, problem }) => {
      const from = Math.max(ackedSeq ?? 0, kept.firstSeq - 1)
      const lag = { lagRecords: Math.max(0, kept.lastSeq - from), lagBytes: kept.bytesBehind(from) }
      return { name, ackedSeq: ackedSeq ?? null, ...lag, problem: problem ?? null }
    }),
    upstream: [...(journal.tail?.positions ?? [])].map(([journalId, place]) => ({
      ...{ journalId, lastSeq: place.seq, checksum: place.checksum },
    })),
    problems: problemsOf(journal),
    notes: journal.notes,
  }
}

/** What shows without reading the older segments. */
const problemsOf = ({ codec, segments, dead, cursors, missing }: ReadJournal): readonly string[] => [
  ...(codec === undefined ? ['journal.json is damaged or missing'] : []),
  ...segments
    .filter(({ headerDamaged }) => headerDamaged)
    .map(({ found }) => `the header of ${basename(found.path)} is damaged`),
  ...dead.map(({ path }) => `nothing in ${basename(path)} can be read`),
  ...cursors
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem }) => `the cursor of "${name}" cannot be read: ${problem ?? ''}`),
  ...missing
    .filter(({ reason }) => reason === 'missing-segment')
    .map(({ fromSeq, toSeq }) => `records ${fromSeq} to ${toSeq} are in a segment file that is not there`),
]

async function quarantineOf({
  fileSystem,
  directory,
}: ReadJournal): Promise<{ readonly files: number; readonly bytes: number }> {
  const names = await listed(fileSystem, `${directory}/quarantine`)
  let bytes = 0
  for (const name of names) {
    bytes += (await fileSize({ fileSystem }, `${directory}/quarantine/${name}`)) ?? 0
  }
  return { files: names.length, bytes }
}

async function fileSize(
  { fileSystem }: Pick<ReadJournal, 'fileSystem'>,
  path: string,
): Promise<number | undefined> {
  const file = await fileSystem.open(path, 'read').catch(() => undefined)
  try {
    return await file?.size()
  } finally {
    await file?.close()
  }
}

function inspectionText(found: Inspection, terminal: Terminal): string {
  const { owner, quarantine, firstSeq, lastSeq, spareBytes } = found
  const facts: [string, string][] = [
    ['journal', printable(found.directory)],
    ['id', found.id],
    ['codec', printable(found.codec ?? 'not known')],
    ['format', `${found.format}, opened for writing ${count(found.epoch, 'time')}`],
    ['records', lastSeq < firstSeq ? 'none' : `${firstSeq} to ${lastSeq}`],
    ['size', `${formatBytes(found.bytes)} in ${count(found.segments.length, 'segment')}`],
    ['spare', spareBytes === null ? 'none' : formatBytes(spareBytes)],
    [
      'quarantine',
      quarantine.files === 0
        ? 'empty'
        : `${formatBytes(quarantine.bytes)} in ${count(quarantine.files, 'file')}`,
    ],
    ['open in', printable(describeOwner(owner ?? undefined))],
  ]
  const parts = [facts.map(([name, value]) => `${name.padEnd(10)}  ${value}`).join('\n'), segmentTable(found)]
  parts.push(
    found.subscribers.length === 0
      ? 'no subscribers'
      : columns(
          ['subscriber', 'acknowledged', 'lag records', 'lag bytes'],
          found.subscribers.map(({ name, ackedSeq, lagRecords, lagBytes }) => [
            ...[name, ackedSeq ?? 'unreadable', lagRecords],
            formatBytes(lagBytes),
          ]),
        ),
  )
  if (found.upstream.length > 0) {
    const rows = found.upstream.map(({ journalId, lastSeq: seq, checksum }) => [
      ...[journalId, seq, checksum === 0 ? 'not known' : checksum.toString(16).padStart(8, '0')],
    ])
    parts.push(columns(['upstream journal', 'position', 'history'], rows))
  }
  for (const problem of found.problems) parts.push(paint(terminal, 'bad', `problem: ${printable(problem)}`))
  for (const note of found.notes) parts.push(`note: ${printable(note)}`)
  return parts.join('\n\n')
}

function segmentTable({ segments }: Inspection): string {
  if (segments.length === 0) return 'no segments'
  return columns(
    ['segment', 'epoch', 'first', 'last', 'bytes', 'file', 'begun', 'fence'],
    segments.map((row) => [
      ...[row.segment, row.epoch ?? '-', row.baseSeq, row.lastSeq, row.bytes, row.fileBytes],
      row.begun === null ? 'damaged header' : formatTime(row.begun),
      row.fence === null || row.fence.segment === 0
        ? '-'
        : `segment ${row.fence.segment} ends at byte ${row.fence.end} with ${row.fence.lastSeq}`,
    ]),
  )
}
