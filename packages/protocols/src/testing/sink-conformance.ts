import { callback, optional, port, resolveOptions, wholeNumber, type Check, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { sinkPromises } from './sink-promises.ts'
import { SinkScene, type DestinationFault, type TestedDestination, type TestedSink } from './sink-scene.ts'
import type { ConformanceCase } from './source-conformance.ts'
import { inTime } from './source-scene.ts'

/** A sink of one's own, and a server that stands in for its destination. */
export interface SinkUnderTest<D extends TestedDestination> {
  /** A server for one case, with an address of its own, that is not started yet. */
  readonly open: () => Promise<D> | D
  /** A new sink for that server; with short delays and a short `gatherMs`, or the cases take long. */
  readonly create: (destination: D) => TestedSink
  /**
   * What the server can do wrong by `behave`; cases that need another are left out.
   * @defaultValue none
   */
  readonly faults?: readonly DestinationFault[] | undefined
  /**
   * Makes of a good sample one for which the destination has no form, such as one with a name that it cannot have.
   * @defaultValue none: it has a form for everything
   */
  readonly unsupported?: ((sample: Sample) => Sample) | undefined
  /** How long a case waits for what must come, ms. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined
}

/**
 * What every sink promises, as tests for any runner: it loses nothing where its destination is down at first, goes down in the middle, is slow
 * or answers by half; it keeps the order of each series, acknowledges a batch only when the destination has it, names what will never
 * be there, completes when all is there, and frees everything when it is left.
 *
 * Samples are numbered: the value of each is its number, and two series take turns with whole numbers from 0, a second apart. The server
 * says which values it has. Each case takes a server and a sink of its own, and stops both in the end, kept or not. Waits in real time,
 * by looking again and again.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION` at the call; what is no sink or no server, in each case.
 *
 * @returns the cases, each to be run in any order
 *
 * @example
 * ```ts
 * import { sink } from '@tocsin/protocols/sinks'
 * import { sinkConformance } from '@tocsin/protocols/testing'
 *
 * const open = () => {
 *   const has: number[] = []
 *   let isUp = false
 *   return { has, isUp: () => isUp, start: () => void (isUp = true), stop: () => void (isUp = false), received: () => has }
 * }
 * const create = ({ has, isUp }: ReturnType<typeof open>) =>
 *   sink(
 *     () => ({
 *       weigh: () => 8,
 *       send: (samples) => {
 *         if (isUp()) has.push(...samples.map(({ value }) => Number(value)))
 *         const outcome = Promise.resolve(isUp() ? { type: 'taken' as const } : { type: 'failed' as const, message: 'down' })
 *         return { handedOver: outcome, outcome }
 *       },
 *       close: () => undefined,
 *     }),
 *     { gatherMs: 5, minDelayMs: 10, maxDelayMs: 20 },
 *   )
 * const cases = sinkConformance({ open, create })
 * for (const { run } of cases) await run() // in a test file: for (const { name, run } of cases) test(name, run)
 * console.log(cases[0]?.name) // => does nothing before it is subscribed to
 * ```
 */
export function sinkConformance<D extends TestedDestination>(
  subject: SinkUnderTest<D>,
): readonly ConformanceCase[] {
  const { open, create, faults, unsupported, timeoutMs } = resolveOptions<Resolved<D>>(
    defaults as Resolved<D>,
    subject,
    checks,
    badOption,
  )
  const has = (need: DestinationFault | 'unsupported'): boolean =>
    need === 'unsupported' ? unsupported !== undefined : faults.includes(need)
  return Object.entries(sinkPromises)
    .filter(([, { needs }]) => needs === undefined || has(needs))
    .map(([name, { check }]) => ({
      name,
      run: async () => {
        let isLeft = false
        let scene: SinkScene | undefined
        try {
          const destination = checkDestination(await inTime(timeoutMs, 'open', open(), () => isLeft))
          scene = new SinkScene(checkSink(create(destination)), destination, timeoutMs)
          await check(scene, unsupported ?? ((sample) => sample))
        } catch (error) {
          throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
          })
        } finally {
          isLeft = true
          await scene?.leave()
        }
      },
    }))
}

type Resolved<D extends TestedDestination> = SinkUnderTest<D> & {
  readonly faults: readonly DestinationFault[]
  readonly timeoutMs: number
}

// What has no default is missed by its check.
const defaults = { faults: [] as readonly DestinationFault[], timeoutMs: 5000 }

const known: readonly unknown[] = ['slow', 'half-reply', 'refuse'] satisfies readonly DestinationFault[]
const listOfFaults: Check = (value) =>
  Array.isArray(value) && value.every((fault) => known.includes(fault))
    ? undefined
    : `a list of ${known.join(', ')}`

const checks = {
  open: callback,
  create: callback,
  faults: listOfFaults,
  unsupported: optional(callback),
  timeoutMs: wholeNumber(1),
}

/** What comes out of a program without types may be anything. */
function checkDestination<D extends TestedDestination>(destination: D): D {
  const { start, stop, received } = destination as Partial<TestedDestination>
  if ([start, stop, received].every((method) => typeof method === 'function')) return destination
  throw badOption('open() must give a server with start, stop and received')
}

function checkSink(sink: TestedSink): TestedSink {
  const { reachable$ } = sink as Partial<TestedSink>
  if (typeof sink === 'function' && port('subscribe')(reachable$) === undefined) return sink
  throw badOption('create() must give a sink, as sink() makes them')
}
