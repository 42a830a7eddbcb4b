import type { Defined } from '@tocsin/core'

import type { Check } from '../check.ts'
import { converse } from '../exchange/converse.ts'
import { type SecureTargetOptions, targetCheck } from '../exchange/target-check.ts'
import { quoted } from '../quoted.ts'
import { readNumber } from '../values/read-number.ts'

/** The defaults of {@link memcachedCheck}. */
export const defaultMemcachedCheckOptions: Readonly<Defined<Pick<SecureTargetOptions, 'port'>>> =
  Object.freeze({ port: 11_211 })

/**
 * A check of memcached, by its command `stats`.
 *
 * Metrics: each statistic by its name, such as `curr_connections`, `get_hits`, `bytes`: numbers as gauges, but for what memcached
 * counts up since it started (`cmd_*`, `get_*`, `total_*`, `bytes_read`, `rusage_*` and others), which are counters; the rest as texts.
 * And those of the connection, see `converse`.
 */
export function memcachedCheck(options: SecureTargetOptions): Check {
  const kind = { kind: 'memcached', ...defaultMemcachedCheckOptions, defaults: {}, checks: {} }
  return targetCheck(kind, options, (context, target) =>
    converse(context, target, async (connection) => {
      connection.send('stats\r\n')
      for (let line = await connection.line(); line !== 'END'; line = await connection.line()) {
        const [word, name = '', value = ''] = line.split(' ')
        if (word !== 'STAT') return context.found.bad(`expected statistics, got ${quoted(line)}`)
        const number = readNumber(value)
        if (number === undefined) context.found.text(name, value)
        else if (countsUp.test(name)) context.found.counter(name, number)
        else context.found.gauge(name, number)
      }
      connection.send('quit\r\n')
      return context.found.good()
    }),
  )
}

/** What memcached counts from its start on, which memcached_exporter has as counters too. */
const countsUp = new RegExp(
  `^(${[
    '(cmd|get|delete|incr|decr|cas|touch|auth|total|store|moves|rusage|direct)_',
    '(evict|reclaim|expired_|rejected_)',
    '(bytes_read|bytes_written|conn_yields|malloc_fails|round_robin_fallback|unexpected_napi_ids)$',
    '(listen_disabled_num|time_in_listen_disabled_us|response_obj_oom|read_buf_oom|lrutail_reflocked)$',
    '(slabs_moved|slab_reassign_(?!running)|crawler_|lru_(crawler_starts|maintainer_juggles|bumps_dropped)$)',
    'log_(worker|watcher)_',
  ].join('|')})`,
)
