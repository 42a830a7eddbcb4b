import type { Sample } from '@tocsin/core'

import type { CheckResult } from '../checks/check.ts'

/** A result as JSON, on one line. */
export function resultAsJson(result: CheckResult): string {
  const { check, state, available, status, reason, durationMs, samples } = result
  const measured = samples.map(({ series: { metric, tags }, kind, value, exact }) => ({
    ...{ metric, tags, kind, value },
    ...(exact !== undefined && { exact: String(exact) }),
  }))
  return JSON.stringify({ check, state, available, status, reason, durationMs, samples: measured })
}

/** A result for people: how it is, its phases, what was measured. */
export function resultAsText({ check, state, available, status, durationMs, samples }: CheckResult): string {
  const phases = samples.filter(({ series }) => series.metric === 'phase_ms')
  const measured = samples.filter(({ series }) => series.metric !== 'phase_ms')
  return [
    `${state}: ${check}`,
    `status     ${status}`,
    `available  ${available}`,
    `duration   ${durationMs} ms`,
    ...phases.map(({ series: { tags }, value }) => `  ${nameOf(tags).padEnd(12)} ${valueOf(value)} ms`),
    ...(measured.length === 0 ? [] : ['', ...columns(measured)]),
  ]
    .map(printable)
    .join('\n')
}

/** Of a further request its number stands behind. */
const nameOf = ({ phase = '', request }: Readonly<Record<string, string>>): string =>
  request === undefined ? phase : `${phase} ${request}`

function columns(samples: readonly Sample[]): readonly string[] {
  const widest = Math.min(60, Math.max(...samples.map(({ series }) => series.key.length)))
  return samples.map(
    ({ series: { key }, kind, value }) => `${key.padEnd(widest)}  ${kind.padEnd(7)}  ${valueOf(value)}`,
  )
}

const valueOf = (value: Sample['value']): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

/** What a target says may hold what a terminal would obey. */
const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
