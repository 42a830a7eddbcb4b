import type { IncomingMessage, ServerResponse } from 'node:http'

import type { LiveEvents, Shown, Value } from '../../server/wire.ts'
import type { InventedSeries } from '../scenes/index.ts'

interface Viewer {
  readonly id: string
  readonly response: ServerResponse
  sampledTo: number
}

/** The streams of a stand-in: who watches, what they show, and what they missed. */
export class Viewers {
  readonly #viewers = new Set<Viewer>()
  readonly #shown = new Map<string, Shown>()
  readonly #kept: { readonly id: number; readonly text: string }[] = []
  #last = 0
  #sampled = 0

  /** Samples that were sent so far. */
  get sampled(): number {
    return this.#sampled
  }

  get count(): number {
    return this.#viewers.size
  }

  get position(): string {
    return String(this.#last)
  }

  /** What each viewer has asked for last. */
  get shown(): ReadonlyMap<string, Shown> {
    return this.#shown
  }

  serve(request: IncomingMessage, response: ServerResponse, asked: URLSearchParams, now: number): void {
    const viewer = { id: asked.get('viewer') ?? '', response, sampledTo: now }
    const after = request.headers['last-event-id'] ?? asked.get('after') ?? undefined
    const missed = Number(after)
    const resumed =
      after !== undefined && missed <= this.#last && missed >= (this.#kept[0]?.id ?? this.#last + 1) - 1
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 1000\n\n')
    response.write(textOf('hello', { now, resumed }))
    if (resumed) for (const { id, text } of this.#kept) if (id > missed) response.write(text)
    this.#viewers.add(viewer)
    response.once('close', () => this.#viewers.delete(viewer))
  }

  show(shown: Shown): void {
    this.#shown.set(shown.viewer, shown)
  }

  /** Tells all; what changes the state is kept for those who were away. */
  tell<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): void {
    const isKept = name === 'fault' || name === 'entry' || name === 'maintenance'
    if (isKept) this.#last += 1
    const text = textOf(name, data, isKept ? this.#last : undefined)
    if (isKept) this.#kept.push({ id: this.#last, text })
    if (this.#kept.length > 100) this.#kept.shift()
    this.write(text)
  }

  /** As it is: also what no stream should say. */
  write(text: string): void {
    for (const { response } of this.#viewers) response.write(text)
  }

  /** Each viewer's share of what the series said since it was told last. */
  sample(
    series: ReadonlyMap<string, InventedSeries>,
    now: number,
    isSilent: (series: InventedSeries, time: number) => boolean,
  ): void {
    for (const viewer of this.#viewers) {
      const shown = this.#shown.get(viewer.id)
      const rows = (shown?.keys ?? []).flatMap((key, index) => {
        const one = series.get(key)
        return one === undefined ? [] : rowsOf(one, index, viewer.sampledTo, now, isSilent)
      })
      viewer.sampledTo = now
      this.#sampled += rows.length
      if (shown !== undefined && rows.length > 0)
        viewer.response.write(textOf('samples', { version: shown.version, rows }))
    }
  }

  close(): void {
    for (const { response } of this.#viewers) response.destroy()
  }
}

function rowsOf(
  one: InventedSeries,
  index: number,
  from: number,
  to: number,
  isSilent: (series: InventedSeries, time: number) => boolean,
): [number, number, Value][] {
  const rows: [number, number, Value][] = []
  for (let time = (Math.floor(from / one.stepMs) + 1) * one.stepMs; time <= to; time += one.stepMs) {
    const value = isSilent(one, time) ? undefined : one.value(time)
    if (value !== undefined) rows.push([index, time, value])
  }
  return rows
}

const textOf = (name: string, data: unknown, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
