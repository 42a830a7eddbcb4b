import type { ServerResponse } from 'node:http'

import type { RecentRow } from './recent.ts'
import type { Shown, Value } from '../wire.ts'

/** How much a viewer may lag before what it misses is left out and told as a gap. */
const maxBufferedBytes = 1 << 20
/** Most points that wait for their message. */
const maxWaiting = 20_000
/** After so many heartbeats without any room the connection is given up. */
const patience = 12

type Row = readonly [index: number, time: number, value: Value]

/** Text of one event. */
export const eventText = (event: string, data: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** One who watches: the connection, and which series it shows. */
export class Viewer {
  readonly id: string
  readonly #response: ServerResponse
  #version = 0
  #indexOf: ReadonlyMap<string, number> = new Map()
  #rows: Row[] = []
  #missed = 0
  #fullHeartbeats = 0

  constructor(id: string, response: ServerResponse) {
    this.id = id
    this.#response = response
  }

  /** From now on the samples of these; what waited is of an answer that the viewer has given up. */
  show({ version, keys }: Omit<Shown, 'viewer'>): void {
    this.#version = version
    this.#indexOf = new Map(keys.map((key, index) => [key, index]))
    this.#rows = []
  }

  /** Keeps the points of what it shows; tells whether any wait. */
  take(rows: readonly RecentRow[]): boolean {
    if (this.#indexOf.size === 0) return false
    for (const { key, time, value } of rows) {
      const index = this.#indexOf.get(key)
      if (index === undefined) continue
      if (this.#rows.length < maxWaiting) this.#rows.push([index, time, value])
      else this.#missed += 1
    }
    return this.#rows.length > 0
  }

  /** Sends the points that wait. */
  flush(): void {
    if (this.#rows.length === 0) return
    const rows = this.#rows
    this.#rows = []
    this.send(eventText('samples', { version: this.#version, rows }))
  }

  /** Sends an event, or counts it where there is no room. */
  send(text: string): void {
    if (this.#response.writableLength > maxBufferedBytes) {
      this.#missed += 1
      return
    }
    this.#fullHeartbeats = 0
    if (this.#missed > 0) this.#response.write(eventText('gap', { missed: this.#missed }))
    this.#missed = 0
    this.#response.write(text)
  }

  /** A heartbeat; whoever has taken nothing for a minute is gone. */
  beat(text: string): void {
    this.#fullHeartbeats += 1
    this.send(text)
    if (this.#fullHeartbeats > patience) this.end()
  }

  /** At once: of one who reads nothing, an end in order would keep connection and buffer for ever. */
  end(): void {
    this.#response.destroy()
  }
}
