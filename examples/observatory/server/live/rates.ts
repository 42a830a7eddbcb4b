import type { Status } from '../wire.ts'

/** What a source has given so far. */
export interface SourceCount {
  readonly name: Status['sources'][number]['name']
  readonly port?: number
  readonly samples: number
}

/** Two readings that are this far apart tell what comes now, ms. Nearer ones would tell bursts; only where nothing is known yet is that better. */
const nearestMs = 4000
const nearestFirstMs = 900
const farthestMs = 15_000

/** Samples per second of each source, from the reading before. */
export class Rates {
  #before: { readonly time: number; readonly samples: ReadonlyMap<string, number> } | undefined
  #rates: ReadonlyMap<string, number> = new Map()

  /** A reading; those without one before it that is fresh tell no rates. */
  read(sources: readonly SourceCount[], now: number): Status['sources'] {
    const elapsed = now - (this.#before?.time ?? -Infinity)
    const nearest = this.#rates.size > 0 ? nearestMs : nearestFirstMs
    if (!(elapsed >= 0 && elapsed < nearest)) this.#take(sources, now, elapsed)
    return sources.map((source) => {
      const perSecond = this.#rates.get(source.name)
      return { ...source, ...(perSecond !== undefined && { perSecond }) }
    })
  }

  #take(sources: readonly SourceCount[], now: number, elapsed: number): void {
    const before = elapsed > 0 && elapsed <= farthestMs ? this.#before?.samples : undefined
    this.#rates = new Map(
      sources.flatMap(({ name, samples }) => {
        const known = before?.get(name)
        return known === undefined ? [] : [[name, ((samples - known) * 1000) / elapsed] as const]
      }),
    )
    this.#before = { time: now, samples: new Map(sources.map(({ name, samples }) => [name, samples])) }
  }
}
