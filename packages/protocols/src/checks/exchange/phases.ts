import type { CheckContext } from '../check.ts'

/** The parts of an exchange, in their order; with STARTTLS, `tls` comes in the `body`, which is without it. */
export type Phase = 'resolve' | 'connect' | 'tls' | 'first_byte' | 'body'

/** Names of the gauges for the time from the start of the run, as Circonus has them. */
const totals: Readonly<Record<Exclude<Phase, 'body'>, string>> = {
  resolve: 'tt_resolve',
  connect: 'tt_connect',
  tls: 'tt_tls',
  first_byte: 'tt_firstbyte',
}

/** Measures how long a phase was: gauge `phase_ms`, tag `phase`. */
export const measurePhase = ({ found }: CheckContext, phase: Phase, ms: number): void =>
  found.gauge('phase_ms', Math.round(ms * 1000) / 1000, { phase })

/** A phase has ended: measures how long it was and when that is, and gives the latter, ms since the start of the run. */
export function endPhase(context: CheckContext, phase: keyof typeof totals, startedMs: number): number {
  const now = context.elapsedMs()
  context.found.gauge(totals[phase], now)
  measurePhase(context, phase, now - startedMs)
  return now
}
