import type { Batch, BatchPosition, ReportProblem } from '@tocsin/core'

import type { FaultEngine } from '../engine/fault-engine.ts'
import type { FaultProblem } from '../model/fault-problem.ts'
import type { FaultStateStore } from './options.ts'

const defaultEveryMs = 60_000

/** Saves what an engine knows, some time after it changed. */
export class StateKeeper {
  /** When the next save is due, ms; `Infinity` while all is saved. */
  due: number = Infinity
  readonly #store: FaultStateStore
  readonly #engine: Pick<FaultEngine, 'snapshot'>
  readonly #report: ReportProblem<FaultProblem>
  readonly #everyMs: number
  /** Where the state that was loaded stands. */
  readonly #loaded: BatchPosition | undefined
  #position: BatchPosition | undefined
  #isSaving = false

  constructor(
    store: FaultStateStore,
    engine: Pick<FaultEngine, 'snapshot' | 'position'>,
    report: ReportProblem<FaultProblem>,
  ) {
    this.#store = store
    this.#engine = engine
    this.#report = report
    this.#everyMs = store.everyMs ?? defaultEveryMs
    this.#loaded = engine.position as BatchPosition | undefined
    this.#position = this.#loaded
  }

  /** Whether the state that was loaded holds this batch. */
  knows({ position }: Pick<Batch<unknown>, 'position'>): boolean {
    const loaded = this.#loaded
    if (position === undefined || loaded === undefined) return false
    return position.journalId === loaded.journalId && position.lastSeq <= loaded.lastSeq
  }

  /** Something was judged, up to here where a batch says so. */
  note(now: number, position?: BatchPosition): void {
    this.#position = position ?? this.#position
    // Further away than it can be: nothing was to be saved, or the clock was set back.
    if (this.due > now + this.#everyMs) this.due = now + this.#everyMs
  }

  /** Saves if that is due. */
  look(now: number): void {
    if (this.due > now) return
    if (this.#isSaving) this.due = now + this.#everyMs
    else this.#save(now)
  }

  /** Saves what is not saved yet. */
  end(now: number): void {
    if (this.due < Infinity) this.#save(now)
  }

  #save(now: number): void {
    this.due = Infinity
    try {
      const saving = this.#store.save(this.#engine.snapshot(this.#position), this.#position)
      if (saving === undefined) return
      this.#isSaving = true
      const done = (): void => {
        this.#isSaving = false
      }
      saving.then(done, (error: unknown) => {
        done()
        this.#fail(error, now)
      })
    } catch (error) {
      this.#fail(error, now)
    }
  }

  #fail(error: unknown, now: number): void {
    this.note(now)
    const message = `the state could not be saved, and a restart would begin with the one before: ${String(error)}`
    this.#report('bad-state', () => ({ message }))
  }
}
