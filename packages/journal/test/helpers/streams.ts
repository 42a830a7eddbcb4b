import type { Observable } from 'rxjs'
import { lastValueFrom, take, toArray } from 'rxjs'

/** Everything that a stream emits until it completes. */
export const collect = <T>(source: Observable<T>): Promise<T[]> =>
  lastValueFrom(source.pipe(toArray()), { defaultValue: [] })

/** The first value; the stream is left then. */
export async function first<T>(source: Observable<T>): Promise<T> {
  const [value] = await collect(source.pipe(take(1)))
  if (value === undefined) throw new Error('the stream is empty')
  return value
}
