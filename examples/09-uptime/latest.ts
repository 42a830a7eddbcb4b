import type { CheckDefinition, CheckResult, CheckState } from '@tocsin/protocols/checks'

/** How a target is now. */
export interface Now {
  readonly name: string
  readonly state: CheckState
  /** Its last sentence. */
  readonly status: string
  /** When its certificate ends, ms since the Unix epoch; absent where none was seen. */
  readonly certificateEnds?: number
}

/** A result that is older than so many periods says nothing of the present. */
const maxAge = 3

/** What the last look at each target of the present list has found. */
export class Latest {
  #definitions: readonly CheckDefinition[] = []
  readonly #results = new Map<string, CheckResult>()
  readonly #certificates = new Map<string, number>()

  define(definitions: readonly CheckDefinition[]): void {
    this.#definitions = definitions
    const names = new Set(definitions.map(({ check }) => check.name))
    for (const name of this.#results.keys()) {
      if (names.has(name)) continue
      this.#results.delete(name)
      this.#certificates.delete(name)
    }
  }

  take(result: CheckResult): void {
    const { check, samples, reason } = result
    // Its last word, of which the page of the others knows nothing any more.
    if (reason === 'removed') return
    this.#results.set(check, result)
    const end = samples.find(({ series }) => series.key === 'cert_end')?.value
    if (typeof end === 'number') this.#certificates.set(check, end * 1000)
  }

  read(now: number): readonly Now[] {
    return this.#definitions.map(({ check: { name }, periodMs = 0 }) => {
      const result = this.#results.get(name)
      const certificateEnds = this.#certificates.get(name)
      const certificate = certificateEnds === undefined ? {} : { certificateEnds }
      if (result === undefined) return { name, state: 'unknown', status: 'not looked at yet', ...certificate }
      const { state, status, startedAt, durationMs } = result
      if (now - startedAt - durationMs > maxAge * periodMs)
        return { name, state: 'unknown', status: 'the last look is too long ago', ...certificate }
      return { name, state, status, ...certificate }
    })
  }
}
