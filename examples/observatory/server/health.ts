import { existsSync } from 'node:fs'

import type { Journal } from '@tocsin/journal'
import type { Sample } from '@tocsin/protocols'
import type { RollupStore } from '@tocsin/rollup/store'

/** Whether the observatory does its work: `ok`, or for each part why not. */
export interface Health {
  readonly status: 'ok' | 'starting' | 'stopping' | 'failing'
  readonly sources: string
  readonly journal: string
  readonly rollups: string
  readonly pipeline: string
}

/** What health is read from. What has not been seen to work is not `ok`. */
export class HealthRecord {
  readonly #journal: Journal<Sample>
  readonly #rollupsFolder: string
  #sources = 'not bound yet'
  #pipeline = 'not started yet'
  // It was opened for writing before this was made.
  #rollups = 'ok'
  #isStopping = false

  constructor(journal: Journal<Sample>, rollupsFolder: string) {
    this.#journal = journal
    this.#rollupsFolder = rollupsFolder
  }

  /** The pipeline runs and all its sources are bound. */
  running(): void {
    this.#sources = 'ok'
    this.#pipeline = 'ok'
  }

  stopping(): void {
    this.#isStopping = true
    this.#sources = 'stopped'
    this.#pipeline = 'stopped'
  }

  /** The pipeline has ended, and the sources with it. */
  failed(error: unknown): void {
    this.#sources = 'stopped'
    this.#pipeline = messageOf(error)
  }

  /** Writes into the store, and remembers how the last write went. */
  watched(rollups: RollupStore): Pick<RollupStore, 'write'> {
    return {
      write: async (batch) => {
        try {
          const stored = await rollups.write(batch)
          this.#rollups = 'ok'
          return stored
        } catch (error) {
          this.#rollups = messageOf(error)
          throw error
        }
      },
    }
  }

  read(): Health {
    const { health } = this.#journal
    const why = 'reason' in health ? `: ${health.reason}` : ''
    const parts = {
      sources: this.#sources,
      journal: health.state === 'open' ? 'ok' : `${health.state}${why}`,
      // Files that are open take what is written, also when nobody will find it; the journal looks for itself.
      rollups: existsSync(this.#rollupsFolder) ? this.#rollups : 'their folder is gone',
      pipeline: this.#pipeline,
    }
    return { status: this.#status(Object.values(parts)), ...parts }
  }

  /** `'ok'`, or the first part without which faults are not found, and why; the rollups are none. */
  judging(): string {
    const health = this.read()
    const part = (['sources', 'journal', 'pipeline'] as const).find((name) => health[name] !== 'ok')
    return part === undefined ? 'ok' : `${part} ${health[part]}`
  }

  #status(parts: readonly string[]): Health['status'] {
    if (this.#isStopping) return 'stopping'
    if (parts.every((part) => part === 'ok')) return 'ok'
    return parts.some((part) => part.endsWith(' yet')) ? 'starting' : 'failing'
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
