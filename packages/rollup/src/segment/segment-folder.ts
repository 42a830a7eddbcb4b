import type { SeriesNames } from '../names/series-names.ts'
import type { SegmentFacts } from './segment-facts.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { SegmentList } from './segment-list.ts'
import type { NumberedName } from './segment-names.ts'
import { SegmentReader } from './segment-reader.ts'
import { SegmentWriter, type SegmentWriterOptions } from './segment-writer.ts'

/** Where segments are made. A segment that is begun later has a higher number, and the last word. */
export class SegmentFolder {
  readonly list: SegmentList
  readonly #files: SegmentFiles
  readonly #directory: string
  readonly #periods: readonly number[]
  readonly #missing: readonly number[]
  #next: number

  constructor(
    files: SegmentFiles,
    directory: string,
    periods: readonly number[],
    list: SegmentList,
    nextNumber: number,
    missing: readonly number[],
  ) {
    this.#files = files
    this.#directory = directory
    this.#periods = periods
    this.list = list
    this.#next = nextNumber
    this.#missing = missing
  }

  /** A segment with the next number. */
  create(options?: SegmentWriterOptions): SegmentWriter {
    const number = this.#next
    this.#next += 1
    return SegmentWriter.create(this.#files.fileSystem, this.#directory, number, this.#periods, options)
  }

  /**
   * Gives a segment its name, which makes it durable with all that it says, and puts it among the others in place of those that it
   * replaces. `series` are those of its rows, ascending.
   */
  async finish(
    writer: SegmentWriter,
    facts: Omit<SegmentFacts, 'beside'>,
    series: Iterable<number>,
    names: SeriesNames,
  ): Promise<SegmentReader> {
    const replaced = new Set(facts.replaces)
    const present = this.list.all.map(({ number }) => number)
    // What is missing stays named, so that each opening tells of it.
    const beside = [...this.#missing, ...present].filter((number) => !replaced.has(number))
    await writer.finish({ ...facts, beside }, named(series, names))
    const reader = await SegmentReader.open(this.#files, this.#directory, writer.number)
    if (typeof reader === 'string') throw new Error(`segment ${writer.number} cannot be read back`)
    await this.list.replace(reader, replaced)
    return reader
  }
}

/** One by one, as they are written: others run between. */
function* named(series: Iterable<number>, { list }: SeriesNames): Generator<NumberedName> {
  for (const number of series) {
    const name = list[number]
    if (name !== undefined) yield [number, name.key]
  }
}
