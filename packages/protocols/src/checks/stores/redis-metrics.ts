import type { Findings } from '../findings.ts'
import { readNumber } from '../values/read-number.ts'
import { isRespError, type RespValue } from './resp.ts'

/** Longer lines are no parts, but one text. */
const maxLineLength = 4096

/** Measures the text of `INFO`: `name:value` in lines. Gives a step for each, since there may be very many. */
export function* measureInfo(found: Findings, info: string): Generator<undefined> {
  for (const line of info.split('\r\n')) {
    yield
    const colon = line.indexOf(':')
    if (colon < 1 || line.startsWith('#')) continue
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1)
    const parts = value
      .slice(0, maxLineLength)
      .split(',')
      .map((part) => part.split('='))
    // As db0:keys=1,expires=0
    if (value.length <= maxLineLength && parts.every((part) => part.length === 2))
      for (const [part = '', text = ''] of parts) measureWord(found, `${name}\`${part}`, text)
    else measureWord(found, name, value)
  }
}

/** Measures the answer to a command: by its name, and by the number of the part where it has parts; in steps as well. */
export function* measureReply(found: Findings, metric: string, reply: RespValue): Generator<undefined> {
  yield
  if (reply === null || isRespError(reply)) return
  if (typeof reply === 'number' || typeof reply === 'bigint') found.gauge(metric, reply)
  else if (typeof reply === 'string') measureWord(found, metric, reply)
  else for (const [at, part] of reply.entries()) yield* measureReply(found, `${metric}\`${at}`, part)
}

/** Measures an answer whose parts are names and values by turns; in steps as well. */
export function* measurePairs(
  found: Findings,
  metric: string,
  reply: readonly RespValue[],
): Generator<undefined> {
  for (let at = 0; at + 1 < reply.length; at += 2) {
    const name = reply[at]
    if (typeof name === 'string') yield* measureReply(found, `${metric}\`${name}`, reply[at + 1] ?? null)
  }
}

/** Whether an answer has a value in it, or in one of its parts. */
export const hasValue = (reply: RespValue): boolean =>
  Array.isArray(reply) ? reply.some(hasValue) : reply !== null && !isRespError(reply)

function measureWord(found: Findings, metric: string, word: string): void {
  const number = readNumber(word.replace(/%$/, ''))
  if (number === undefined) found.text(metric, word)
  else if (countsUp.test(metric)) found.counter(metric, number)
  else found.gauge(metric, number)
}

/** What Redis counts from its start on, which redis_exporter has as counters too. */
const countsUp = new RegExp(
  `^(${[
    'total_(connections|commands|net|reads|writes|error|forks|eviction|active_defrag|blocking_time)',
    'keyspace_(hits|misses)$',
    '(expired|evicted)_(keys|clients|scripts)$',
    'expired_time_cap_reached_count$',
    'rejected_connections$',
    'unexpected_error_replies$',
    'sync_(full|partial_ok|partial_err)$',
    'active_defrag_(hits|misses|key_hits|key_misses)$',
    'acl_access_denied_',
    'used_cpu_',
    'io_threaded_(reads|writes)_processed$',
    'reply_buffer_(shrinks|expands)$',
    'dump_payload_sanitizations$',
    'client_query_buffer_limit_disconnections$',
    'client_output_buffer_limit_disconnections$',
    'rdb_saves$',
    'cmdstat_.*`(calls|usec|rejected_calls|failed_calls)$',
    'errorstat_',
  ].join('|')})`,
)
