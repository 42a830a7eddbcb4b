import type { FileSystem } from '@tocsin/core'
import { createRecordFile, type RecordFile } from '@tocsin/core/record-log'

import type { RollupPosition } from '../rollup-store.ts'
import { countRecord, logFileName, newLogFile, recordFileName, type LogFile } from './log-file.ts'
import type { LogPlace } from './log-place.ts'
import { RecordWriter } from './record-writer.ts'

/** What of a record is counted. */
type RecordTimes = Parameters<typeof countRecord>[1]

/** Writes the files of a log, one call at a time. A file that could not be written is left as it is, and the next one says where it ends. */
export class LogWriter {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  /** All files in order; the last is the one that is written, if one is. */
  readonly #files: LogFile[]
  /** Where files end that do not say so themselves. */
  readonly #ends: Map<number, number>
  readonly #seal = new RecordWriter()
  readonly #about = new RecordWriter()
  #active: RecordFile | undefined
  #next: number

  constructor(
    fileSystem: FileSystem,
    directory: string,
    files: LogFile[],
    ends: Map<number, number>,
    next: number,
  ) {
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#files = files
    this.#ends = ends
    this.#next = next
  }

  /** Where the next record goes, or a later place. */
  get place(): LogPlace {
    const end = this.#active?.end
    return end === undefined ? { file: this.#next, offset: 0 } : { file: this.#next - 1, offset: end }
  }

  /** The file that is written. */
  get open(): LogFile | undefined {
    return this.#active === undefined ? undefined : this.#files.at(-1)
  }

  /** Says from now on that a file ends there. */
  endAt(file: number, end: number): void {
    this.#ends.set(file, end)
  }

  /** Says no more of a file, which is gone. */
  forget(file: number): void {
    this.#ends.delete(file)
  }

  /** Writes a record durably; the first one of a file says of the whole what no other file does. */
  async write(
    times: RecordTimes,
    payload: Uint8Array,
    completeFrom: number,
    isLast = false,
  ): Promise<LogPlace> {
    try {
      const active = (this.#active ??= await this.#create())
      const file = this.#files.at(-1)
      if (file === undefined) throw new Error('there is a file that is written')
      const offset = await (file.end === 0 || isLast
        ? active.append(payload, this.#aboutFiles(completeFrom))
        : active.append(payload))
      file.bytes = file.end = active.end
      countRecord(file, times)
      return { file: file.number, offset }
    } catch (error) {
      await this.#leave()
      throw error
    }
  }

  /** Ends the file that is written with a record that says what it holds. Where that fails, all of it is read when the log is opened. */
  async seal(position: RollupPosition | null, completeFrom: number): Promise<void> {
    const file = this.open
    const active = this.#active
    if (active === undefined || file === undefined) return
    const { minTime, maxTime, firstArrival, lastArrival } = file
    this.#seal.begin(position, lastArrival)
    this.#seal.seal(minTime, maxTime, firstArrival, lastArrival)
    try {
      await this.write(this.#seal, this.#seal.finish(), completeFrom, true)
      file.sealed = true
      this.#active = undefined
      await active.close()
    } catch {
      // It is not written any more, either way.
    }
  }

  #aboutFiles(completeFrom: number): Uint8Array {
    this.#about.beginEntries()
    this.#about.completeFrom(completeFrom)
    for (const [file, end] of this.#ends) this.#about.fileEnd(file, end)
    return this.#about.entries
  }

  async #create(): Promise<RecordFile> {
    const number = this.#next
    this.#next += 1
    this.#files.push(newLogFile(number))
    return createRecordFile(recordFileName(this.#fileSystem, this.#directory, number))
  }

  /** Leaves the file that could not be written; where nothing of it counts, removes it. */
  async #leave(): Promise<void> {
    const file = this.#files.at(-1)
    const active = this.#active
    this.#active = undefined
    await active?.close().catch(() => undefined)
    if (file === undefined) return
    this.#ends.set(file.number, file.end)
    if (file.end > 0) return
    this.#files.pop()
    await this.#fileSystem.remove(`${this.#directory}/${logFileName(file.number)}`).then(
      () => {
        this.#ends.delete(file.number)
        this.#next = file.number
      },
      () => undefined,
    )
  }
}
