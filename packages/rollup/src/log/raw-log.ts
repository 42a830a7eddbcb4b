import type { FileSystem } from '@tocsin/core'

import type { RollupPosition } from '../rollup-store.ts'
import { findLogFiles, type FoundLog } from './find-log-files.ts'
import { logFileName, recordFileName, type LogDamage, type LogFile } from './log-file.ts'
import { comparePlaces, type LogPlace } from './log-place.ts'
import { LogWriter } from './log-writer.ts'
import { readLogFile, type LogReading } from './read-log-file.ts'
import { readFacts } from './read-record.ts'
import type { ReadingLog, ScanSink } from './reading-log.ts'
import type { ReplaySink } from './reading-sink.ts'
import { RecordWriter } from './record-writer.ts'

/** Of a {@link RawLog}. */
export interface RawLogOptions {
  readonly fileSystem: FileSystem
  readonly directory: string
  /** Length of the shortest window, ms. */
  readonly basePeriodMs: number
  /** How long readings are kept after they came, ms. */
  readonly rawHorizonMs: number
  /** Bytes of all files, but for those that memory is rebuilt from: beyond it the oldest go, whatever their age. */
  readonly maxRawBytes: number
  /** Bytes after which the next file is begun. @defaultValue 16 MiB */
  readonly rotateBytes?: number
  /** Files that are written have at least this number: one is never used again, though the files are gone. @defaultValue 1 */
  readonly leastFile?: number
  /**
   * What the latest flush had seen: records before `to`, up to `position`, which were durable then, so that they stay where they are.
   * @defaultValue nothing
   */
  readonly flushed?: { readonly to: LogPlace; readonly position: RollupPosition | null }
  /** Newest event time that is known otherwise, for the case that files of the log are lost. @defaultValue -Infinity */
  readonly newest?: number
  /** Hears of durable records that were lost, each once, also while the log is read later. */
  readonly damaged?: (damage: LogDamage) => void
}

/**
 * Every reading as it came, in files that are written once: memory is rebuilt from it after a restart, and late windows are computed
 * again from it. What changes it runs one after the other; reading runs beside.
 */
export class RawLog implements ReadingLog {
  readonly #options: Required<RawLogOptions>
  readonly #files: LogFile[]
  readonly #writer: LogWriter
  readonly #told = new Set<string>()
  readonly #reading = new Set<Promise<void>>()
  readonly #notes = new RecordWriter()
  #position: RollupPosition | null
  #completeFrom: number
  #doubtful: FoundLog['doubtful']
  #turn: Promise<unknown> = Promise.resolve()

  /** What a write that was cut off had left at the end when it was opened; nothing of it was ever acknowledged. */
  readonly tornBytes: number

  private constructor(options: Required<RawLogOptions>, found: FoundLog) {
    this.#options = options
    this.#files = found.files
    this.#position = found.position
    this.#completeFrom = found.completeFrom
    this.#doubtful = isFlushed(found.doubtful, options.flushed) ? undefined : found.doubtful
    const next = Math.max(options.leastFile, (found.files.at(-1)?.number ?? 0) + 1)
    this.#writer = new LogWriter(options.fileSystem, options.directory, found.files, found.ends, next)
    this.tornBytes = found.tornBytes
    for (const damage of found.damaged) this.#lost(damage)
  }

  /** Finds the files. Damage costs the records that it hit, and is told. */
  static async open(given: RawLogOptions): Promise<RawLog> {
    const options = {
      rotateBytes: 1 << 24,
      leastFile: 1,
      flushed: { to: { file: 0, offset: 0 }, position: null },
      newest: -Infinity,
      damaged: () => undefined,
      ...given,
    }
    const log = new RawLog(
      options,
      await findLogFiles(options.fileSystem, options.directory, options.leastFile),
    )
    // On a disk that takes nothing now it is done before the first append.
    await log.#exclusive(() => log.#settle()).catch(() => undefined)
    return log
  }

  /** The last position that a record has; `null` where none has one. */
  get position(): RollupPosition | null {
    return this.#position
  }

  get completeFrom(): number {
    return this.#completeFrom
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Where the log ends: no record that is there already comes behind it, and none that will come before it. */
  get place(): LogPlace {
    return this.#writer.place
  }

  /** Names of the files that nothing is written to any more. */
  get closedFiles(): readonly string[] {
    const { open } = this.#writer
    return this.#files.filter((file) => file !== open).map(({ number }) => logFileName(number))
  }

  /**
   * Writes a record, durable when it resolves. Where it rejects, the record is not in the log, and the next one goes into another file.
   */
  append(record: RecordWriter): Promise<LogPlace> {
    return this.#exclusive(async () => {
      await this.#settle()
      if ((this.#writer.open?.end ?? 0) >= this.#options.rotateBytes) await this.#seal()
      const place = await this.#writer.write(record, record.finish(), this.#completeFrom)
      this.#position = record.position ?? this.#position
      return place
    })
  }

  /** Ends the file that is written, so that it can be copied or linked; the next append begins another one. */
  rotate(): Promise<void> {
    return this.#exclusive(() => this.#seal())
  }

  /** Like `rotate`, waiting for readers. */
  async close(): Promise<void> {
    await this.rotate()
    await Promise.allSettled([...this.#reading])
  }

  /** Hands out all records from a place on, or all. Yields every few ms. */
  replay(from: LogPlace | undefined, sink: ReplaySink): Promise<void> {
    const start = from ?? { file: 0, offset: 0 }
    const files = this.#files.filter(({ number }) => number >= start.file)
    return this.#read(
      files.map((file) => ({ file, from: file.number === start.file ? start.offset : 0 })),
      { readings: sink, names: sink, from: -Infinity, to: Infinity },
      (place, { position, arrival }) => {
        sink.record({ place, position, arrival })
        return true
      },
    )
  }

  scan(from: number, to: number, sink: ScanSink): Promise<void> {
    const files = this.#files.filter(({ minTime, maxTime }) => minTime < to && maxTime >= from)
    return this.#read(
      files.map((file) => ({ file, from: 0 })),
      { readings: sink, from, to },
      (place, { minTime, maxTime, position, arrival }) => {
        const isWanted = minTime < to && maxTime >= from
        if (isWanted) sink.record({ place, position, arrival })
        return isWanted
      },
    )
  }

  /**
   * Removes whole files from the oldest on that came before `now - rawHorizonMs`, or are beyond `maxRawBytes`; none that holds something at
   * or behind `before`, from where memory is rebuilt. Before they go it is durable from where the log is complete then.
   */
  drop(before: LogPlace, now: number): Promise<void> {
    return this.#exclusive(async () => {
      const going = this.#droppable(before.file, now - this.#options.rawHorizonMs)
      if (going.length === 0) return
      await this.#settle()
      const newest = Math.max(-Infinity, ...going.map(({ maxTime }) => (maxTime >= 0 ? maxTime : -Infinity)))
      // From 0 on says that files are gone on purpose, though nothing that counts was in them.
      this.#completeFrom = Math.max(0, this.#completeFrom, this.#windowEnd(newest))
      this.#notes.begin(this.#position, now)
      this.#notes.completeFrom(this.#completeFrom)
      await this.#writer.write(this.#notes, this.#notes.finish(), this.#completeFrom)
      await Promise.allSettled([...this.#reading])
      const { fileSystem, directory } = this.#options
      for (const { number } of going) {
        await fileSystem.remove(`${directory}/${logFileName(number)}`)
        this.#files.shift()
        this.#writer.forget(number)
      }
      await fileSystem.syncDirectory(directory)
    })
  }

  #droppable(before: number, horizon: number): readonly LogFile[] {
    const going: LogFile[] = []
    let { bytes } = this
    for (const file of this.#files) {
      if (
        file === this.#writer.open ||
        file.number >= before ||
        (file.lastArrival > horizon && bytes <= this.#options.maxRawBytes)
      )
        break
      going.push(file)
      bytes -= file.bytes
    }
    return going
  }

  async #read(
    files: readonly { readonly file: LogFile; readonly from: number }[],
    target: LogReading['target'],
    record: LogReading['record'],
  ): Promise<void> {
    // What is appended meanwhile is not read.
    const ranges = files.map(({ file, from }) => ({ number: file.number, from, to: file.end }))
    const { fileSystem, directory } = this.#options
    const work = (async (): Promise<void> => {
      for (const { number, ...range } of ranges) {
        const name = recordFileName(fileSystem, directory, number)
        for (const damage of await readLogFile(name, range, { target, record })) this.#lost(damage)
      }
    })()
    this.#reading.add(work)
    try {
      await work
    } finally {
      this.#reading.delete(work)
    }
  }

  /**
   * The last record that another process wrote can be read, which does not say that its sync succeeded, or that another sync would
   * write it. So it is written again, into a new file that says that it does not count in the old one.
   */
  async #settle(): Promise<void> {
    const doubtful = this.#doubtful
    if (doubtful === undefined) return
    const { file, payload, begin } = doubtful
    this.#writer.endAt(file, begin)
    await this.#writer.write(readFacts(payload), payload, this.#completeFrom)
    const old = this.#files.find(({ number }) => number === file)
    if (old !== undefined) old.end = begin
    this.#doubtful = undefined
  }

  #seal(): Promise<void> {
    return this.#writer.seal(this.#position, this.#completeFrom)
  }

  #lost(damage: LogDamage): void {
    const key = `${damage.file}:${damage.from}`
    const newest = this.#files.reduce(
      (most, { maxTime }) => (maxTime > most ? maxTime : most),
      this.#options.newest,
    )
    // Nobody knows which windows they were in.
    this.#completeFrom = Math.max(this.#completeFrom, this.#windowEnd(newest))
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#options.damaged(damage)
  }

  #windowEnd(time: number): number {
    const { basePeriodMs } = this.#options
    return (Math.floor(time / basePeriodMs) + 1) * basePeriodMs
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

/** Whether a flush had seen a record, and knew it to be durable: elsewhere it would be taken for one that came later. */
function isFlushed(
  doubtful: FoundLog['doubtful'],
  { to, position }: Required<RawLogOptions>['flushed'],
): boolean {
  if (doubtful === undefined || position === null) return false
  const { file, payload, begin } = doubtful
  const own = readFacts(payload).position
  const isBefore = comparePlaces({ file, offset: begin }, to) < 0
  // One that was not acknowledged has a later position.
  return isBefore && own?.journalId === position.journalId && own.seq <= position.seq
}
