import type { Defined } from '@tocsin/core'
import { oneOf, port, wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { concatMap, defer, filter, from, switchMap } from 'rxjs'

import { JournalError } from '../errors.ts'
import { badOption, checkedOptions, defaultBatchesOptions, isPosition } from '../options.ts'

import type { BatchesOptions, JournalBatch, JournalSubscriber, Position } from '../reading-types.ts'

/** A sink has stored what came, and where it came from. */
export interface Saved extends Position {
  /** Tells it from what else is emitted. */
  readonly type: 'saved'
}

/** A sink that keeps its position beside its data. */
export interface PositionStore<T> {
  /** The position of the last `save` that was done; `undefined` where there was none. */
  load(): Promise<Position | undefined>
  /** Stores the values and the position in one transaction: both or neither. A batch may have gaps and no values. */
  save(batch: Omit<JournalBatch<T>, 'ack'>, position: Position): Promise<void>
}

/** How a sink is fed. */
export interface WithPositionOptions extends Omit<BatchesOptions, 'after'> {
  /**
   * Where a sink without a position begins: at the journal's first record, since a sink that was made anew has none of them
   * (what is not kept any more comes as a gap), or where the subscriber is.
   * @defaultValue 'oldest'
   */
  readonly whenEmpty?: 'oldest' | 'cursor' | undefined
}

/** What `withPosition` does unless told otherwise. */
export const defaultWithPositionOptions: Defined<WithPositionOptions> = Object.freeze({
  ...defaultBatchesOptions,
  whenEmpty: 'oldest',
})

/** Saves that were begun and perhaps left: what they store must be known before the next one starts. */
const underWay = new WeakMap<object, Promise<void>>()

/**
 * Feeds a sink that keeps its position in its own transactions, each record exactly once. Not the subscriber's cursor but the
 * sink's position says where to begin: what the sink has is passed over, and where the sink is behind, as after it was
 * restored from a backup, the subscriber is set back. One batch after the other is saved, then acknowledged.
 * Emits: the sink's new position after each batch.
 * Completes: as `JournalSubscriber.batches`.
 * Errors: as `JournalSubscriber.batches` and with what `load` or `save` rejects with: the batch comes again. With
 * `JOURNAL_POSITION` where the sink's position is of another journal, or where records behind it were acknowledged by somebody else;
 * with `JOURNAL_DIVERGED` where the journal was restored or copied and went on by itself, so that its records behind the position are
 * not those that the sink has. A position that was saved without a checksum is compared by its number only. `JOURNAL_BAD_OPTION`
 * is thrown at the call.
 * Memory: the batches that the subscriber lets out.
 * Time: none.
 *
 * @example
 * ```ts
 * import { jsonCodec, openJournal } from '@tocsin/journal'
 * import { withPosition } from '@tocsin/journal/link'
 * import type { Position } from '@tocsin/journal/link'
 * import { firstValueFrom } from 'rxjs'
 *
 * await using journal = await openJournal('./numbers', { codec: jsonCodec<number>() })
 * await journal.appendBatch([1, 2, 3])
 * let database: { sum: number; position: Position | undefined } = { sum: 0, position: undefined }
 * const sums = withPosition(await journal.subscriber('sums'), {
 *   load: async () => database.position,
 *   save: async ({ values }, position) => {
 *     database = { sum: values.reduce((sum, value) => sum + value, database.sum), position }
 *   },
 * })
 * console.log((await firstValueFrom(sums)).seq, database.sum) // => 3 6
 * ```
 */
export function withPosition<T>(
  subscriber: Pick<JournalSubscriber<T>, 'journalId' | 'ackedSeq' | 'batches'>,
  sink: PositionStore<T>,
  given?: WithPositionOptions,
): Observable<Saved> {
  const { whenEmpty, ...options } = checkedOptions<WithPositionOptions>(defaultWithPositionOptions, given, {
    maxRecords: wholeNumber(1, 1_000_000),
    maxInFlight: wholeNumber(1, 10_000),
    whenEmpty: oneOf('oldest', 'cursor'),
  })
  const wrong = port('load', 'save')(sink)
  if (wrong !== undefined) throw badOption(`the sink must be ${wrong}`)

  const start = async (): Promise<Position | undefined> => {
    await underWay.get(subscriber)
    // A database says null where there is nothing.
    const position = (await sink.load()) ?? undefined
    if (position !== undefined) return checkPosition(position, subscriber.journalId)
    return whenEmpty === 'cursor' ? undefined : { journalId: subscriber.journalId, seq: 0 }
  }
  const save = async (batch: Omit<JournalBatch<T>, 'ack'>, position: Position): Promise<void> => {
    const saving = sink.save(batch, position)
    underWay.set(
      subscriber,
      saving.catch(() => undefined),
    )
    await saving
  }
  const feed = (after: Position | undefined): Observable<Saved> => {
    let seq = after?.seq ?? subscriber.ackedSeq
    const store = async (batch: JournalBatch<T>): Promise<Saved | undefined> => {
      const rest = behind(withoutAck(batch), seq)
      const { journalId, lastSeq, checksum } = batch.position
      const position = { journalId, seq: lastSeq, ...(checksum !== undefined && { checksum }) }
      if (rest !== undefined) {
        await save(rest, position)
        seq = position.seq
      }
      batch.ack()
      return rest && { type: 'saved', ...position }
    }
    return subscriber.batches({ ...options, after }).pipe(
      concatMap(store),
      filter((position) => position !== undefined),
    )
  }
  return defer(() => from(start()).pipe(switchMap(feed)))
}

const withoutAck = <T>({ values, position, gaps }: JournalBatch<T>): Omit<JournalBatch<T>, 'ack'> => ({
  ...{ values, position, gaps },
})

/** What of a batch lies behind a position; `undefined` where nothing does. */
function behind<T>(
  batch: Omit<JournalBatch<T>, 'ack'>,
  seq: number,
): Omit<JournalBatch<T>, 'ack'> | undefined {
  const { journalId, lastSeq } = batch.position
  if (lastSeq <= seq) return undefined
  const from = batch.gaps[0]?.fromSeq ?? batch.position.firstSeq
  if (from > seq + 1) throw passedOver(journalId, seq + 1, from - 1)
  if (from === seq + 1) return batch
  const gaps = batch.gaps
    .filter(({ toSeq }) => toSeq > seq)
    .map((gap) => ({ ...gap, fromSeq: Math.max(gap.fromSeq, seq + 1) }))
  const values = batch.values.slice(Math.max(0, seq + 1 - batch.position.firstSeq))
  const firstSeq = values.length > 0 ? lastSeq - values.length + 1 : seq + 1
  return { values, position: { ...batch.position, firstSeq }, gaps }
}

function checkPosition({ journalId, seq, checksum }: Position, here: string): Position {
  if (isPosition({ journalId, seq, checksum: checksum ?? 0 }) !== undefined) {
    throw new JournalError(
      'JOURNAL_POSITION',
      `the sink is at ${String(seq)} (${typeof seq}) of journal ${journalId}, which is no position; give back from load what save was given`,
      { seq },
    )
  }
  if (journalId === here) return { journalId, seq, checksum: checksum ?? 0 }
  throw new JournalError(
    'JOURNAL_POSITION',
    `the sink's position is of journal ${journalId}, this is ${here}: it was made anew or is another one; give the sink a new position, or a name per journal`,
    { journalId, seq },
  )
}

const passedOver = (journalId: string, firstSeq: number, lastSeq: number): JournalError =>
  new JournalError(
    'JOURNAL_POSITION',
    `records ${firstSeq} to ${lastSeq} were acknowledged and are not in the sink: somebody else uses the same subscriber; give each sink one of its own`,
    { journalId, firstSeq, lastSeq },
  )
