import type { Sample } from '@tocsin/core'

import type { CheckResult, CheckState } from '../checks/check.ts'
import { certificateLine, isOfTls, isTiming, phaseTable } from './print-connection.ts'

/** A result as JSON, whole, on one line. */
export function resultAsJson(result: CheckResult): string {
  const samples = result.samples.map(({ series: { metric, tags }, time, kind, value, exact }) => ({
    ...{ metric, tags, time, kind, value },
    ...(exact !== undefined && { exact: String(exact) }),
  }))
  return JSON.stringify({ ...result, samples })
}

/** A result for people: how it is, its phases, what was measured. */
export function resultAsText(result: CheckResult, hasColours = false): string {
  const { check, state, available, status, durationMs, samples } = result
  const measured = samples.filter((sample) => !isTiming(sample) && !isOfTls(sample))
  const [head = '', ...lines] = [
    `${state}: ${check}`,
    `status       ${status}`,
    `available    ${available}`,
    `duration     ${durationMs.toFixed(1)} ms`,
    ...certificateLine(samples),
    ...behindBlank(phaseTable(samples)),
    ...behindBlank(columns(measured)),
    ...behindBlank(columns(samples.filter(isOfTls))),
  ].map(printable)
  return [hasColours ? coloured(state, head) : head, ...lines].join('\n')
}

const behindBlank = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', ...lines]

const colours: Readonly<Record<CheckState, number>> = { good: 32, warning: 33, bad: 31, unknown: 35 }

/** The first word in the colour of the state, bold. */
const coloured = (state: CheckState, line: string): string =>
  `\u001b[1;${colours[state]}m${state}\u001b[0m${line.slice(state.length)}`

function columns(samples: readonly Sample[]): readonly string[] {
  if (samples.length === 0) return []
  const names = samples.map(({ series: { metric, tags } }) => [metric, ...tagsOf(tags)].join(' '))
  const widest = Math.min(60, Math.max(...names.map(({ length }) => length)))
  const row = (name: string, kind: string, value: string): string =>
    `${name.padEnd(widest)}  ${kind.padEnd(7)}  ${value}`.trimEnd()
  return [
    row('metric', 'kind', 'value'),
    ...samples.map(({ kind, value }, at) => row(names[at] ?? '', kind, valueOf(value))),
  ]
}

const tagsOf = (tags: Readonly<Record<string, string>>): readonly string[] => {
  const all = Object.entries(tags).map(([name, value]) => `${name}=${value}`)
  return all.length === 0 ? [] : [`{${all.join(', ')}}`]
}

const valueOf = (value: Sample['value']): string => {
  if (typeof value === 'object') return JSON.stringify(value)
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value)
  // All digits are in the JSON.
  return String(Math.abs(value) < 1000 ? Number(value.toPrecision(6)) : Math.round(value * 1000) / 1000)
}

/** What a target says may hold what a terminal would obey. */
const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
