import { AsyncLocalStorage, createHook } from 'node:async_hooks'

import type { Check, CheckState } from '../../checks/check.ts'
import { failureOf } from '../../checks/check-failure.ts'
import { createResolver } from '../../checks/exchange/names/caching-resolver.ts'
import { createFindings, type TakenFindings } from '../../checks/findings.ts'
import { readOutcome, readSamples } from '../../checks/outcome.ts'
import { messageOf } from '../../errors.ts'
import { expectThat } from '../source-scene.ts'

/** What the target of a check can be made. */
export type TargetManner = 'good' | 'absent' | 'hanging' | 'hostile'

/** What one run came to. */
export interface RunEnd {
  readonly state: CheckState
  /** The status, or the message of a rejection. */
  readonly status: string
  /** What is wrong with the outcome, where it is none. */
  readonly fault: string | undefined
}

/** One run, which goes on until it ends. */
export interface SceneRun {
  readonly found: TakenFindings
  readonly abort: () => void
  readonly end: RunEnd | undefined
}

interface Means {
  readonly become: (manner: TargetManner) => Promise<void>
  readonly openCount: (() => number) | undefined
  readonly secrets: readonly string[]
  readonly timeoutMs: number
}

/** What stays open, by the names of Node; promises and the like come and go by themselves. */
const lasting =
  /^(?:Timeout|TCPWRAP|TCPSERVERWRAP|PIPEWRAP|PIPESERVERWRAP|UDPWRAP|PROCESSWRAP|FSEVENTWRAP|STATWATCHER)$/

const lookMs = 5

/** One check, its runs, and what they leave behind. */
export class CheckScene {
  readonly check: Check
  readonly secrets: readonly string[]
  readonly become: (manner: TargetManner) => Promise<void>
  readonly #means: Means
  readonly #within = new AsyncLocalStorage<true>()
  readonly #open = new Map<number, string>()
  readonly #hook = createHook({
    init: (id, type) => {
      if (lasting.test(type) && this.#within.getStore() === true) this.#open.set(id, type)
    },
    destroy: (id) => this.#open.delete(id),
  })
  readonly #aborts: (() => void)[] = []
  readonly #openBefore: number

  constructor(create: () => Check, means: Means) {
    this.#means = means
    this.secrets = means.secrets
    this.become = means.become
    this.#hook.enable()
    this.check = this.#within.run(true, create)
    this.#openBefore = means.openCount?.() ?? 0
  }

  start(isAborted = false): SceneRun {
    const controller = new AbortController()
    const begun = performance.now()
    const found = createFindings(() => Date.now())
    const abort = (): void => controller.abort(new Error('the test has ended it'))
    if (isAborted) abort()
    this.#aborts.push(abort)
    const state: { end: RunEnd | undefined } = { end: undefined }
    const context = {
      signal: controller.signal,
      now: () => Date.now(),
      elapsedMs: () => performance.now() - begun,
      found,
      resolver: createResolver(),
      // Runs may be under way together, which those of one runner never are.
      runner: {},
    }
    const look = async (): Promise<void> => {
      state.end = await this.#within.run(true, async () => this.check.run(context)).then(endOf, rejected)
    }
    void look()
    return {
      found,
      abort,
      get end() {
        return state.end
      },
    }
  }

  /** Resolves with what it came to. */
  async ended(run: SceneRun): Promise<RunEnd> {
    await this.#look(() => run.end !== undefined)
    if (run.end === undefined) throw new Error(`it has not ended after ${this.#means.timeoutMs} ms`)
    return run.end
  }

  /** A run until its end. */
  async run(): Promise<RunEnd> {
    return this.ended(this.start())
  }

  /** What the runs opened is closed by now, or soon. */
  async expectClosed(): Promise<void> {
    const more = (): number => (this.#means.openCount?.() ?? 0) - this.#openBefore
    await this.#look(() => this.#open.size === 0 && more() <= 0)
    const left = [...new Set(this.#open.values())].join(', ')
    expectThat(this.#open.size === 0, `${this.#open.size} were left: ${left}`)
    expectThat(more() <= 0, `${more()} more are open than before`)
  }

  /** Long enough for a run to be in the middle of what it does. */
  async quiet(): Promise<void> {
    await pause(50)
  }

  leave(): void {
    for (const abort of this.#aborts) abort()
    this.#hook.disable()
    // Else Node goes on to tell it of each promise of the process, and of those of all scenes before.
    this.#within.disable()
  }

  async #look(holds: () => boolean): Promise<void> {
    // Looks are counted, not the time: a program that was held up has not had it.
    for (let looks = this.#means.timeoutMs / lookMs; looks > 0 && !holds(); looks -= 1) await pause(lookMs)
  }
}

function endOf(outcome: unknown): RunEnd {
  try {
    const { state, status = state, samples } = readOutcome(outcome)
    readSamples(samples, Infinity)
    return { state, status, fault: undefined }
  } catch (error) {
    return { state: 'unknown', status: messageOf(error), fault: messageOf(error) }
  }
}

const rejected = (error: unknown): RunEnd => ({
  state: failureOf(error).state,
  status: messageOf(error),
  fault: undefined,
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
