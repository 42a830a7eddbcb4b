import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import type { NotifyEvent } from '../../src/index.ts'
import { Chance } from './chance.ts'
import { Detector } from './detector.ts'
import { brokenLaws, misinformed } from './laws.ts'
import type { Entry } from './laws.ts'
import { ruleSet } from './plan.ts'
import type { ChildLine, Handed, Sabotage } from './plan.ts'
import { Receivers } from './receivers.ts'

const source = fileURLToPath(new URL('./alerting-child.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** Makes one file of the program, which starts in a third of the time, and gives its path. */
async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'alerting-child.mjs')
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    tsconfig: join(root, 'tsconfig.json'),
    external: ['nodemailer'],
    logLevel: 'error',
  })
  return outfile
}

/** What a run of many lives is made of. */
export interface LivesOptions {
  /** A folder of its own. */
  readonly folder: string
  readonly seed: number
  /** How many lives are killed. */
  readonly cycles: number
  readonly sabotage?: Sabotage
  /** How long a life may take to tell everybody the truth once nothing stands in its way, ms. */
  readonly patienceMs: number
}

/** What came of it. */
export interface LivesReport {
  readonly broken: readonly string[]
  /** All that was read and said. */
  readonly entries: readonly Entry[]
  readonly kills: number
  readonly handed: number
  readonly attempts: number
  /** Messages that were taken more than once, by lives that did not live to write it down. */
  readonly repeats: number
}

/**
 * Feeds one life after the other with a random history, kills each with `SIGKILL` at a random moment, and hands in again what was not
 * answered, as whoever delivers at least once does.
 */
export class Lives {
  readonly #options: LivesOptions
  readonly #chance: Chance
  readonly #detector: Detector
  readonly #receivers: Receivers
  readonly #entries: Entry[] = []
  readonly #broken: string[] = []
  readonly #handed: Handed[] = []
  /** So many were answered; each answer is durable. */
  #answered = 0
  #kills = 0
  #life = 0
  /** So many attempts are among the entries. */
  #followed = 0
  #url = ''
  #script = ''
  #child: ChildProcess | undefined
  #isOpen = false
  #onEvent: () => void = () => undefined

  constructor(options: LivesOptions) {
    this.#options = options
    this.#chance = new Chance(options.seed)
    this.#detector = new Detector(options.seed + 1)
    this.#receivers = new Receivers(options.seed + 2)
  }

  async run(): Promise<LivesReport> {
    const { cycles } = this.#options
    this.#script = await bundled(this.#options.folder)
    this.#url = await this.#receivers.listen()
    try {
      for (let cycle = 1; cycle <= cycles && this.#broken.length === 0; cycle++) {
        await this.#live()
        if (cycle % 10 === 0 && cycle < cycles) await this.#settle([])
      }
      await this.#settle([])
      await this.#settle(this.#detector.endAll())
    } finally {
      this.#child?.kill('SIGKILL')
      this.#receivers.close()
    }
    const taken = this.#receivers.attempts.filter(({ fate }) => fate === 'taken')
    this.#follow()
    return {
      broken: [...this.#broken, ...brokenLaws(this.#entries)],
      entries: this.#entries,
      kills: this.#kills,
      handed: this.#handed.length,
      attempts: this.#receivers.attempts.length,
      repeats: taken.length - new Set(taken.map(({ told }) => told.id)).size,
    }
  }

  /** One life that is killed. */
  async #live(): Promise<void> {
    const chance = this.#chance
    const life = { isKilled: false }
    const ended = this.#start(false)
    const child = this.#child
    const kill = (): void => {
      life.isKilled = true
      child?.kill('SIGKILL')
    }
    const after = (count: number) => (): void => {
      if ((count -= 1) === 0) kill()
    }
    const moment = chance.pick({ starting: 1, time: 3, request: 3, answer: 3, event: 3 })
    const timers = [setTimeout(kill, 30_000)]
    if (moment === 'starting') timers.push(setTimeout(kill, chance.below(1000)))
    if (moment === 'request') this.#receivers.onRequest = after(1 + chance.below(40))
    if (moment === 'answer') this.#receivers.onAnswer = after(1 + chance.below(40))
    if (moment === 'event') this.#onEvent = after(1 + chance.below(300))
    while (!this.#isOpen && !life.isKilled) await sleep(5)
    this.#handAgain()
    // At the latest: who waits for an answer makes nothing happen.
    timers.push(setTimeout(kill, moment === 'time' ? chance.below(300) : 1500))
    while (!life.isKilled) {
      for (let more = chance.below(20); more > 0; more--) this.#handMore()
      await sleep(chance.below(6))
    }
    for (const timer of timers) clearTimeout(timer)
    await ended
    this.#follow()
    this.#entries.push({ killed: this.#life })
    this.#receivers.onRequest = this.#receivers.onAnswer = this.#onEvent = () => undefined
    this.#kills += 1
  }

  /** One life that may finish: in its end everybody knows what is true. */
  async #settle(last: readonly Handed[]): Promise<void> {
    const ended = this.#start(true)
    const until = Date.now() + this.#options.patienceMs
    const waitFor = async (isSo: () => boolean): Promise<void> => {
      while (!isSo() && Date.now() < until) await sleep(5)
    }
    await waitFor(() => this.#isOpen)
    this.#handAgain()
    for (const each of last) this.#hand(each)
    await waitFor(() => this.#isAllAnswered())
    for (const each of this.#detector.release()) this.#hand(each)
    await waitFor(() => this.#isAllAnswered() && this.#wrong().length === 0)
    this.#child?.stdin?.write('{"finish":true}\n')
    const wasDone = await Promise.race([
      ended,
      sleep(Math.max(0, until - Date.now()), 'late', { ref: false }),
    ])
    if (wasDone === 'late') {
      this.#broken.push('it did not complete')
      this.#child?.kill('SIGKILL')
      await ended
    }
    if (!this.#isAllAnswered())
      this.#broken.push(`no answer to ${JSON.stringify(this.#handed[this.#answered])}`)
    this.#broken.push(...this.#wrong())
  }

  #isAllAnswered(): boolean {
    return this.#answered >= this.#handed.length
  }

  #wrong(): string[] {
    return misinformed(this.#receivers.attempts, this.#detector.truth)
  }

  #start(isGood: boolean): Promise<unknown> {
    this.#isOpen = false
    this.#life += 1
    this.#receivers.be(isGood)
    const { folder, sabotage } = this.#options
    const plan = JSON.stringify({
      directory: join(folder, 'store'),
      url: `${this.#url}/${this.#life}`,
      sabotage,
    })
    // Its input ends with this process, however that ends, and it ends then.
    const child = spawn(process.execPath, [this.#script, plan], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child
    child.stdin.on('error', () => undefined)
    const reader = createInterface({ input: child.stdout })
    reader.on('line', (line) => this.#hear(line))
    return Promise.all([once(child, 'close'), once(reader, 'close')])
  }

  #hear(text: string): void {
    let line: ChildLine
    try {
      line = JSON.parse(text) as ChildLine
    } catch {
      // Cut off by the kill.
      return
    }
    if (line.opened !== undefined) {
      this.#isOpen = true
      if (line.opened.damaged.length > 0) this.#broken.push(`damaged: ${JSON.stringify(line.opened.damaged)}`)
    }
    if (line.problem !== undefined) this.#broken.push(`problem ${line.problem}`)
    if (line.event === undefined) return
    this.#follow()
    this.#entries.push({ event: line.event })
    this.#answer(line.event)
    this.#onEvent()
  }

  /** Takes in what was read before. */
  #follow(): void {
    const { attempts } = this.#receivers
    for (let at = this.#followed; at < attempts.length; at++) this.#entries.push({ attempt: attempts[at]! })
    this.#followed = attempts.length
  }

  /** Answers come in the order of what was handed in, each once. */
  #answer(event: NotifyEvent): void {
    if ('ruleSet' in event && event.ruleSet !== ruleSet) return
    const answers =
      'reference' in event && event.reference !== undefined
        ? event.reference
        : 'signal' in event
          ? event.signal
          : undefined
    if (answers === undefined) return
    const next = this.#handed[this.#answered]
    if (next === undefined || answers !== ('signal' in next ? next.signal.id : next.command.reference))
      this.#broken.push(`${JSON.stringify(event)} answers nothing that is next`)
    this.#answered += 1
    if (event.type !== 'created' && event.type !== 'reopened') return
    const series = this.#detector.truth.get(event.series)
    if (series !== undefined) series.alert = event.alert
  }

  #handAgain(): void {
    for (const each of this.#handed.slice(this.#answered)) this.#write(each)
  }

  #handMore(): void {
    const isAllAnswered = this.#isAllAnswered()
    if (this.#handed.length - this.#answered > 300) return
    const last = this.#handed.at(-1)
    if (!isAllAnswered && last !== undefined && 'command' in last && last.command.type === 'clear') return
    this.#hand(this.#detector.next(isAllAnswered))
  }

  #hand(handed: Handed): void {
    this.#handed.push(handed)
    this.#write(handed)
  }

  #write(handed: Handed): void {
    const { stdin } = this.#child ?? {}
    if (stdin?.writable === true) stdin.write(`${JSON.stringify(handed)}\n`)
  }
}
