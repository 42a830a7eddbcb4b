import { nodeFileSystem } from '@tocsin/core/node'

import { codeOf, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { bytesCodec, jsonCodec } from '../format/codec.ts'
import { recordsIn } from '../format/positions.ts'
import { openJournal } from '../open-journal.ts'
import type { SoundFrame } from '../segments/frame-reader.ts'
import { createFrameSource } from '../read/frame-source.ts'
import type { Gap } from '../reading-types.ts'
import { sampleCodec } from '../samples/sample-codec.ts'
import type { Journal } from '../types.ts'
import type { ReadJournal } from './read-journal.ts'
import { readJournal } from './read-journal.ts'
import type { Terminal } from './terminal.ts'
import { columns, count, createProgress, exitCodes, paint, printable, range, WrongUse } from './terminal.ts'

/** What `salvage` was told. */
export interface SalvageOptions {
  /** Folder of the new journal; `undefined` prints the records instead. */
  readonly out: string | undefined
  /** Where `journal.json` is lost. */
  readonly codec: string | undefined
  readonly json: boolean
  readonly progress: boolean
}

/** Records that kept their order and got new numbers. */
interface Moved {
  readonly fromSeq: number
  toSeq: number
  readonly newFromSeq: number
  newToSeq: number
}

interface Missing {
  readonly fromSeq: number
  readonly toSeq: number
  readonly reason: Gap['reason'] | 'undecodable'
}

/** Takes the records of a frame; gives the new number of the first, or `undefined` where they are of no use. */
type Sink = (frame: SoundFrame) => Promise<number | undefined>

/** Copies every record that can be read into a new journal, or prints them. */
export async function salvage(
  directory: string,
  options: SalvageOptions,
  terminal: Terminal,
): Promise<number> {
  const journal = await readJournal(directory)
  const codec = options.codec ?? journal.codec
  if (codec === undefined) {
    throw new WrongUse(`journal.json in ${directory} is lost: say with --codec which codec it was made with`)
  }
  if (options.out === undefined) {
    const result = await copy(journal, printer(codecOf(codec), terminal), options.progress, terminal)
    terminal.err(salvageText({ directory, out: null, ...result }, { colour: false }))
    return exitCode(result.missing)
  }
  const result = await intoNewJournal(journal, options.out, codec, options.progress, terminal)
  await terminal.out(options.json ? JSON.stringify(result, undefined, 2) : salvageText(result, terminal))
  return exitCode(result.missing)
}

interface Copied {
  readonly records: number
  readonly moved: readonly Moved[]
  readonly missing: readonly Missing[]
  readonly notes: readonly string[]
}

interface Salvaged extends Copied {
  readonly directory: string
  readonly out: string | null
}

const exitCode = (missing: readonly Missing[]): number =>
  missing.some(({ reason }) => reason !== 'evicted' && reason !== 'lost') ? exitCodes.damage : exitCodes.fine

async function intoNewJournal(
  journal: ReadJournal,
  out: string,
  codec: string,
  progress: boolean,
  terminal: Terminal,
): Promise<Salvaged> {
  await refuseUsedFolder(out)
  const target = await openJournal(out, { codec: encodedCodec(codec), maxBytes: Number.MAX_SAFE_INTEGER })
  try {
    const copied = await copy(journal, appender(target), progress, terminal)
    await target.flush()
    const positions = [...(journal.tail?.positions ?? [])].map(([id, { seq }]) => `${id} at ${seq}`)
    const lost = `positions of upstream journals are not carried over: ${positions.join(', ')}`
    const notes = positions.length === 0 ? copied.notes : [...copied.notes, lost]
    return { directory: journal.directory, out, ...copied, notes }
  } finally {
    await target.close()
  }
}

/** The frames that a subscriber from the oldest record on would get. */
async function copy(journal: ReadJournal, sink: Sink, wanted: boolean, terminal: Terminal): Promise<Copied> {
  const { fileSystem, id: journalId, kept } = journal
  const keep = async (): Promise<void> => undefined
  const input = { fileSystem, journalId, segments: kept, quarantine: { keep }, report: () => undefined }
  const source = createFrameSource(input, kept.firstSeq - 1)
  const progress = createProgress(terminal, { what: 'salvage', totalBytes: kept.bytes, wanted })
  const moved: Moved[] = []
  const missing: Missing[] = journal.missing.filter(({ toSeq }) => toSeq < kept.firstSeq)
  let records = 0
  try {
    for (let frame = await source.next(); frame; frame = await source.next()) {
      await source.take(frame)
      const fromSeq = frame.baseSeq
      const toSeq = fromSeq + frame.count - 1
      const newSeq = await sink(frame)
      if (newSeq === undefined) missing.push({ fromSeq, toSeq, reason: 'undecodable' })
      else {
        addMoved(moved, { fromSeq, toSeq, newFromSeq: newSeq, newToSeq: newSeq + frame.count - 1 })
        records += frame.count
      }
      progress.add(frame.end - frame.start, frame.count)
    }
  } finally {
    progress.done()
    await source.close()
  }
  missing.push(...(await explained(source.gaps, journal)))
  missing.sort((a, b) => a.fromSeq - b.fromSeq)
  return { records, moved, missing, notes: journal.notes }
}

/** What a writer removed while it was copied is no damage: everybody has read it, or a header says that it was evicted. */
async function explained(gaps: readonly Gap[], { directory }: ReadJournal): Promise<readonly Gap[]> {
  if (!gaps.some(({ reason }) => reason === 'missing-segment')) return gaps
  const { kept, cursors } = await readJournal(directory)
  const readSeq = cursors.length === 0 ? 0 : Math.min(...cursors.map(({ ackedSeq }) => ackedSeq ?? 0))
  const removed = Math.min(kept.firstSeq - 1, Math.max(readSeq, kept.evictedSeq))
  return gaps.map((gap) =>
    gap.reason === 'missing-segment' && gap.toSeq <= removed ? { ...gap, reason: 'evicted' } : gap,
  )
}

function addMoved(moved: Moved[], next: Moved): void {
  const last = moved.at(-1)
  if (last?.toSeq === next.fromSeq - 1 && last.newToSeq === next.newFromSeq - 1) {
    last.toSeq = next.toSeq
    last.newToSeq = next.newToSeq
  } else moved.push(next)
}

async function refuseUsedFolder(out: string): Promise<void> {
  try {
    if ((await nodeFileSystem.list(out)).length === 0) return
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw new WrongUse(`${out} cannot take the records: ${messageOf(error)}`, { cause: error })
  }
  throw new WrongUse(`${out} is not empty: give the path of a new folder`)
}

/** The records of a whole frame that stay encoded, as one array that knows its bytes. */
interface EncodedRecord {
  readonly body: Uint8Array
  readonly count: number
}

/** Frames go from one journal to the other as they are, whatever the codec is. */
const encodedCodec = (name: string): Codec<EncodedRecord> => ({
  name,
  encode: (values) => {
    const [first] = values
    if (first?.count === values.length) return first.body
    throw new TypeError('frames are copied whole')
  },
  decode: () => {
    throw new TypeError('frames are not decoded')
  },
})

const appender =
  (target: Journal<EncodedRecord>): Sink =>
  async (frame) => {
    const record = { body: recordsIn(frame.body, frame.flags), count: frame.count }
    // One after the other, so that no two frames become one.
    const { firstSeq } = await target.appendBatch(
      Array.from({ length: frame.count }, () => record),
      {
        durability: 'os',
      },
    )
    return firstSeq
  }

function codecOf(name: string): Codec<unknown> {
  if (name === 'json') return jsonCodec<unknown>()
  if (name === 'samples') return sampleCodec()
  if (name === 'bytes') return bytesCodec()
  throw new WrongUse(
    `records of codec "${printable(name)}" cannot be printed: use --out and open the copy with that codec`,
  )
}

/** One line per record: its number, and its value; bytes as base64, numbers above 2^53 as text. */
const printer =
  (codec: Codec<unknown>, terminal: Terminal): Sink =>
  async (frame) => {
    let values: readonly unknown[]
    try {
      values = codec.decode(recordsIn(frame.body, frame.flags))
    } catch {
      return undefined
    }
    if (values.length !== frame.count) return undefined
    const lines = values.map((value, index) => {
      const record = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
      return JSON.stringify({ seq: frame.baseSeq + index, record }, bigintAsText)
    })
    await terminal.out(lines.join('\n'))
    return frame.baseSeq
  }

const bigintAsText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value

function salvageText(
  { directory, out, records, moved, missing, notes }: Salvaged,
  terminal: Pick<Terminal, 'colour'>,
): string {
  const done = out === null ? 'printed' : `copied to ${out}`
  const lines = [`${count(records, 'record')} of ${printable(directory)} ${printable(done)}`]
  if (out !== null && moved.length > 0) {
    const rows = moved.map((part) => [range(part.fromSeq, part.toSeq), range(part.newFromSeq, part.newToSeq)])
    lines.push(columns(['old numbers', 'new numbers'], rows))
  }
  for (const note of notes) lines.push(`note: ${printable(note)}`)
  if (missing.length > 0) {
    const rows = missing.map(({ fromSeq, toSeq, reason }) => [range(fromSeq, toSeq), reason])
    lines.push(columns(['missing', 'why'], rows))
  }
  const lost = missing.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0)
  lines.push(
    lost === 0
      ? paint(terminal, 'good', 'nothing is missing')
      : paint(terminal, 'bad', `${count(lost, 'record')} missing`),
  )
  return lines.join('\n')
}
