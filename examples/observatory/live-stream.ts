import type { ServerResponse } from 'node:http'

import { map, merge, share } from 'rxjs'
import type { Observable } from 'rxjs'

/** One kind of server-sent event and where it comes from. */
export interface Feed {
  readonly event: string
  readonly source: Observable<unknown>
}

/** How much a viewer may lag before what it misses is dropped and told as a gap. */
const maxBufferedBytes = 1 << 20

/**
 * Live data for the page. The sources are subscribed with the first viewer and left with the last; each event is serialised
 * once, however many watch. Nobody watching: no work.
 */
export class LiveStream {
  readonly #events: Observable<string>
  #viewers = 0
  #serialised = 0

  constructor(feeds: readonly Feed[]) {
    const texts = feeds.map(({ event, source }) =>
      source.pipe(
        map((data) => {
          this.#serialised += 1
          return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
        }),
      ),
    )
    this.#events = merge(...texts).pipe(share())
  }

  /** People watching now, and events turned into text since the start. */
  get stats(): { readonly viewers: number; readonly serialised: number } {
    return { viewers: this.#viewers, serialised: this.#serialised }
  }

  /** Streams to one viewer until its connection closes. */
  serve(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write('retry: 1000\n\n')
    let missed = 0
    this.#viewers += 1
    const subscription = this.#events.subscribe({
      next: (message) => {
        if (response.writableLength > maxBufferedBytes) {
          missed += 1
          return
        }
        if (missed > 0) response.write(`event: gap\ndata: ${missed}\n\n`)
        missed = 0
        response.write(message)
      },
      error: () => response.end(),
    })
    // Keeps proxies from closing a quiet stream.
    const heartbeat = setInterval(() => response.write(':\n\n'), 15_000)
    response.on('close', () => {
      clearInterval(heartbeat)
      subscription.unsubscribe()
      this.#viewers -= 1
    })
  }
}
