import type { Observable } from 'rxjs'
import { filter, firstValueFrom, map, take } from 'rxjs'
import { onTestFinished } from 'vitest'

import type { Journal } from '../../src/index.ts'
import type { Follow, JournalServer, LinkProblem, LinkState } from '../../src/link/index.ts'
import { newFileSystem, openStrings, readAll } from './journals.ts'

/** A stream that runs until its test is over. */
export interface Started<T> {
  readonly problems: LinkProblem[]
  readonly events: unknown[]
  readonly stream: T
  end: 'open' | 'complete' | Error
  stop(): void
}

export function start<T extends JournalServer | Follow>(stream: T): Started<T> {
  const started: Started<T> = {
    ...{ problems: [], events: [], stream, end: 'open' },
    stop: () => subscription.unsubscribe(),
  }
  stream.problems.subscribe((problem) => started.problems.push(problem))
  const subscription = (stream as Observable<unknown>).subscribe({
    next: (event) => started.events.push(event),
    error: (error: unknown) => (started.end = error as Error),
    complete: () => (started.end = 'complete'),
  })
  onTestFinished(() => subscription.unsubscribe())
  return started
}

/** Waits until one of the links is as it is to be. */
export const until = (stream: JournalServer | Follow, is: (link: LinkState) => boolean): Promise<LinkState> =>
  firstValueFrom(
    stream.state$.pipe(
      map(({ links }) => links.find(is)),
      filter((link) => link !== undefined),
    ),
  )

export const caughtUp =
  (seq: number) =>
  (link: LinkState): boolean =>
    link.type === 'following' && link.ackedSeq === seq

export const problemOf = (started: Started<JournalServer | Follow>, reason: string): Promise<LinkProblem> =>
  new Promise((resolve) => {
    const found = started.problems.find((problem) => problem.reason === reason)
    if (found !== undefined) resolve(found)
    else
      started.stream.problems
        .pipe(
          filter((problem) => problem.reason === reason),
          take(1),
        )
        .subscribe((problem) => resolve(problem))
  })

export const strings = (): Promise<Journal<string>> => openStrings(newFileSystem())
export const recordsOf = async (journal: Journal<string>): Promise<readonly string[]> => [
  ...(await readAll(journal, 'check')).values.values(),
]
