import type { Check } from '../check.ts'
import { converse } from '../exchange/converse.ts'
import { type SecureTargetOptions, targetCheck } from '../exchange/target-check.ts'

/** The defaults of {@link memcachedCheck}. */
export const defaultMemcachedCheckOptions: { readonly port: number } = Object.freeze({ port: 11_211 })

/**
 * A check of memcached, by its command `stats`.
 *
 * Metrics: each statistic by its name, such as `curr_connections`, `get_hits`, `bytes`: numbers as gauges, but for what memcached
 * counts up since it started (`cmd_*`, `get_*`, `total_*`, `bytes_read` and others), which are counters; the rest as texts.
 * And those of the connection, see `converse`.
 */
export function memcachedCheck(options: SecureTargetOptions): Check {
  const kind = { kind: 'memcached', ...defaultMemcachedCheckOptions, defaults: {}, checks: {} }
  return targetCheck(kind, options, (context, target) =>
    converse(context, target, async (connection) => {
      connection.send('stats\r\n')
      for (let line = await connection.line(); line !== 'END'; line = await connection.line()) {
        const [word, name = '', value = ''] = line.split(' ')
        if (word !== 'STAT') return context.found.bad(`expected statistics, got "${line.slice(0, 80)}"`)
        if (!/^-?\d+(\.\d+)?$/.test(value)) context.found.text(name, value)
        else if (countsUp.test(name)) context.found.counter(name, Number(value))
        else context.found.gauge(name, Number(value))
      }
      connection.send('quit\r\n')
      return context.found.good()
    }),
  )
}

const countsUp =
  /^(cmd_|get_|delete_|incr_|decr_|cas_|touch_|auth_|total_|bytes_read$|bytes_written$|evict|reclaim|expired_|rejected_)/
