import { Slices } from '@tocsin/core/slices'
import { parseSeries, type FileSystem, type Series } from '@tocsin/core'
import {
  continueRecordFile,
  createRecordFile,
  scanRecords,
  type RecordFile,
  type RecordFileName,
} from '@tocsin/core/record-log'

import { readRecord } from '../log/read-record.ts'
import { RecordWriter } from '../log/record-writer.ts'

/** Not `series.dat`, which the names of version 2 are in. */
export const namesFile = 'series.log'
const temporaryName = `${namesFile}.tmp`
/** Names go into records of about so many bytes: damage costs one of them. */
const recordBytes = 1 << 18
/** Names that are written before others may run. */
const namesAtOnce = 1024

/** What was found in the file of names. */
export interface FoundNames {
  readonly names: SeriesNames
  /** `false` where the file is missing or damaged: names must be learnt elsewhere. */
  readonly isWhole: boolean
  /** Only its end is no record: a write was cut off there, or the last record is damaged. */
  readonly isTorn: boolean
}

/**
 * Series and their numbers, in memory and in an append-only file. A number is never given to another series. The names stand in the log
 * and in the segments as well, from where damaged ones are learnt again.
 */
export class SeriesNames {
  readonly #name: RecordFileName
  readonly #directory: string
  readonly #numbers = new Map<string, number>()
  readonly #list: (Series | undefined)[] = []
  /** Numbers whose names are not in the file, each once. */
  #unsaved: number[] = []
  #logged = 0
  /** The file does not hold what it should. */
  #broken = false
  #file: RecordFile | undefined
  readonly #record = new RecordWriter()

  private constructor(fileSystem: FileSystem, directory: string) {
    this.#name = { fileSystem, path: `${directory}/${namesFile}`, id: 0 }
    this.#directory = directory
  }

  /** Reads the file, if there is one. Where it is damaged, the next {@link SeriesNames.save} writes it anew. */
  static async load(fileSystem: FileSystem, directory: string): Promise<FoundNames> {
    const names = new SeriesNames(fileSystem, directory)
    const isTorn = await names.#load()
    return { names, isWhole: !names.#broken, isTorn }
  }

  /** One more than the largest number that was ever given. */
  get length(): number {
    return this.#list.length
  }

  /** Series that have a name. */
  get size(): number {
    return this.#numbers.size
  }

  /** By number; holes where the name is lost. */
  get list(): readonly (Series | undefined)[] {
    return this.#list
  }

  numberOf(key: string): number | undefined {
    return this.#numbers.get(key)
  }

  /** Gives the next number to a series. It must be in the log with the first reading of it: see {@link SeriesNames.writeNew}. */
  add(series: Series): number {
    const number = this.#list.length
    this.#numbers.set(series.key, number)
    this.#list.push(series)
    this.#unsaved.push(number)
    return number
  }

  /**
   * A number and its name, as they stand in a segment or the log. `false` where the name is none, or the number or the name is known
   * otherwise: what was known first holds.
   */
  learn(number: number, key: string): boolean {
    const known = this.#list[number]
    if (known !== undefined) return known.key === key
    this.reserve(number)
    if (this.#numbers.has(key)) return false
    const parsed = parseSeries(key)
    if (!parsed.ok || parsed.value.key !== key) return false
    this.#numbers.set(key, number)
    this.#list[number] = parsed.value
    this.#unsaved.push(number)
    return true
  }

  /** A number that is used, whatever its name. */
  reserve(number: number): void {
    while (this.#list.length <= number) this.#list.push(undefined)
  }

  /** Writes the names into a record that no durable record holds yet; {@link SeriesNames.logged} says that it is durable. */
  async writeNew(record: RecordWriter, slices: Slices): Promise<void> {
    for (let number = this.#logged; number < this.#list.length; number += 1) {
      const series = this.#list[number]
      if (series !== undefined) record.name(number, series.key)
      if (number % namesAtOnce === 0 && slices.isOver) await slices.pause()
    }
  }

  /** The names of all numbers below are durable, in the log or elsewhere. */
  logged(length: number): void {
    this.#logged = Math.max(this.#logged, length)
  }

  /** Makes the file hold all names, durably. */
  async save(): Promise<void> {
    const saving = this.#unsaved
    if (saving.length === 0 && !(this.#broken && this.size > 0)) return
    this.#unsaved = []
    try {
      if (this.#file === undefined || this.#broken) await this.#writeAll()
      else await this.#append(this.#file, saving)
      this.#broken = false
    } catch (error) {
      for (const number of this.#unsaved) saving.push(number)
      this.#unsaved = saving
      // What it holds now is not known.
      this.#broken = true
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  /** Writes all names into another folder. */
  async copyTo(directory: string): Promise<void> {
    const file = await this.#create(`${directory}/${namesFile}`)
    await file.close()
  }

  /** Another file in the place of one that cannot be continued. */
  async #writeAll(): Promise<void> {
    const { fileSystem, path } = this.#name
    const temporary = `${this.#directory}/${temporaryName}`
    await this.close()
    await fileSystem.remove(temporary)
    this.#file = await this.#create(temporary)
    await fileSystem.rename(temporary, path)
    await fileSystem.syncDirectory(this.#directory)
  }

  async #create(path: string): Promise<RecordFile> {
    const file = await createRecordFile({ ...this.#name, path })
    try {
      await this.#append(file, this.#list.keys())
      return file
    } catch (error) {
      await file.close().catch(() => undefined)
      throw error
    }
  }

  async #append(file: RecordFile, numbers: Iterable<number>): Promise<void> {
    const slices = new Slices()
    this.#record.begin(null, NaN)
    for (const number of numbers) {
      const series = this.#list[number]
      if (series !== undefined) this.#record.name(number, series.key)
      if (number % namesAtOnce === 0 && slices.isOver) await slices.pause()
      if (this.#record.length < recordBytes) continue
      await file.append(this.#record.finish())
      this.#record.begin(null, NaN)
    }
    await file.append(this.#record.finish())
  }

  /** Whether only its end is no record. */
  async #load(): Promise<boolean> {
    const { fileSystem } = this.#name
    if (!(await fileSystem.list(this.#directory)).includes(namesFile)) {
      this.#broken = true
      return false
    }
    const scan = await scanRecords(this.#name, (payload) =>
      readRecord(payload, {
        names: { name: (number, key) => void this.learn(number, key) },
        from: Infinity,
        to: -Infinity,
      }),
    )
    this.#unsaved = []
    this.#logged = this.#list.length
    // Damage of the last record looks like a write that was cut off.
    this.#broken = scan.damaged.length > 0 || scan.torn > 0
    if (!this.#broken) this.#file = await continueRecordFile(this.#name, scan)
    return scan.damaged.length === 0 && scan.torn > 0
  }
}
