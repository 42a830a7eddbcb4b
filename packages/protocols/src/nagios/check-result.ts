import type { Parsed } from '@tocsin/core'

import type { PerfdataOptions } from './perfdata.ts'
import { parsePluginOutput, type PluginOutput } from './plugin-output.ts'
import { pluginState, type PluginState } from './plugin-state.ts'

/** The result of a check that somebody else made. */
export interface PassiveResult {
  /** When, ms since the Unix epoch. */
  readonly time: number
  /** Which host, as Nagios calls it. */
  readonly host: string
  /** Which of its services; absent where the host itself was checked. */
  readonly service?: string
  /** Of a service what its code says; a host is 0 up, 2 down or 3 unreachable. */
  readonly state: PluginState
  /** What the plugin printed, read. */
  readonly output: PluginOutput
}

const command = /^\s*\[(\d{1,10})\]\s+PROCESS_(HOST|SERVICE)_CHECK_RESULT;/

/**
 * Reads a line of Nagios' command file, `[seconds] PROCESS_SERVICE_CHECK_RESULT;host;service;code;output` or
 * `[seconds] PROCESS_HOST_CHECK_RESULT;host;code;output`. Line ends within the output are written `\n`, backslashes `\\`. Never throws.
 *
 * @example
 * ```ts
 * import { parseCheckResult } from '@tocsin/protocols/nagios'
 *
 * const read = parseCheckResult('[1700000000] PROCESS_SERVICE_CHECK_RESULT;web1;disk;1;DISK WARNING | /=81%;80;90')
 * if (read.ok) console.log(read.value.host, read.value.state, read.value.output.items[0]?.value) // => web1 1 81
 * ```
 */
export function parseCheckResult(line: string, options: PerfdataOptions = {}): Parsed<PassiveResult> {
  const [head, seconds = '', kind] = command.exec(line) ?? []
  if (head === undefined)
    return failure(
      0,
      'a line is [seconds] PROCESS_SERVICE_CHECK_RESULT; or PROCESS_HOST_CHECK_RESULT; and fields',
    )
  const isHost = kind === 'HOST'
  const count = isHost ? 2 : 3
  const fields: string[] = []
  let at = head.length
  for (; fields.length < count;) {
    const end = line.indexOf(';', at)
    if (end < 0) return failure(at, `before the output stand ${count} fields, each with ; behind it`)
    fields.push(line.slice(at, end))
    at = end + 1
  }
  const [host = '', service = ''] = fields
  const code = fields.at(-1) ?? ''
  if (host === '' || (!isHost && service === ''))
    return failure(head.length, 'a result names its host and service')
  if (!/^\d{1,9}$/.test(code)) return failure(head.length, 'a code is a whole number')
  const output = line.slice(at).replace(/\\([n\\])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : '\\'))
  return {
    ok: true,
    value: {
      time: Number(seconds) * 1000,
      host,
      ...(!isHost && { service }),
      state: isHost ? hostState(Number(code)) : pluginState(Number(code)),
      output: parsePluginOutput(output, options),
    },
  }
}

/** Codes of hosts: 0 up, 1 down, 2 unreachable. */
const hostState = (code: number): PluginState => (code === 0 ? 0 : code === 1 ? 2 : 3)

const failure = (offset: number, message: string): Parsed<never> => ({
  ok: false,
  reason: 'malformed',
  offset,
  message,
})
