import { type Batch, isBatch, type Sample, takeValues } from '@tocsin/core'
import {
  defer,
  filter,
  map,
  type Observable,
  type OperatorFunction,
  type Subscriber,
  type Subscription,
} from 'rxjs'

/** What comes is what goes: samples one by one, or in batches that whoever comes next acknowledges. */
export type SampleInput = Sample | Batch<Sample>

/** An operator that gives each sample to what each subscription begins with; a batch of which nothing is left is acknowledged here. */
export function eachSample<Input extends SampleInput>(
  begin: () => (sample: Sample) => Sample | undefined,
): OperatorFunction<Input, Input> {
  return (source) =>
    defer(() => {
      const take = begin()
      const isTaken = (value: Input | undefined): value is Input => value !== undefined
      return source.pipe(
        map(
          (input: SampleInput) =>
            (isBatch<Sample>(input) ? takeBatch(input, take) : take(input)) as Input | undefined,
        ),
        filter(isTaken),
      )
    })
}

function takeBatch(
  batch: Batch<Sample>,
  take: (sample: Sample) => Sample | undefined,
): Batch<Sample> | undefined {
  const values: Sample[] = []
  for (const sample of batch.values) {
    const taken = take(sample)
    if (taken !== undefined) values.push(taken)
  }
  // What is missing is told to whoever comes next.
  if (values.length > 0 || batch.gaps !== undefined) return { ...batch, values, ack: () => batch.ack() }
  batch.ack()
  return undefined
}

/** Gives each sample to `take`, which emits by itself; what it throws, or `ack` does, is an error of the stream. */
export const takeEach = (
  samples: Observable<Sample | Batch<Sample>>,
  subscriber: Pick<Subscriber<never>, 'error' | 'complete'>,
  take: (sample: Sample) => void,
): Subscription =>
  samples.subscribe({
    next: (input) => {
      try {
        takeValues(input, take)
      } catch (error) {
        subscriber.error(error)
      }
    },
    error: (error: unknown) => subscriber.error(error),
    complete: () => subscriber.complete(),
  })
