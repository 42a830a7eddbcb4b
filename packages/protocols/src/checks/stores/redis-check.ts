import { type Defined, optional, text, wholeNumber } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import { converse } from '../exchange/converse.ts'
import { type SecureTargetOptions, targetCheck } from '../exchange/target-check.ts'
import type { Findings } from '../findings.ts'
import { isSecret, reveal, type Secret } from '../http/auth/secret.ts'
import { quoted } from '../quoted.ts'
import { hasValue, measureInfo, measurePairs, measureReply } from './redis-metrics.ts'
import { isRespError, readResp, respCommand, type RespValue } from './resp.ts'

/** How {@link redisCheck} looks. */
export interface RedisCheckOptions extends SecureTargetOptions {
  /**
   * Who logs in, where the server knows several.
   * @defaultValue none: the user `default`
   */
  readonly user?: string | undefined
  /**
   * The password.
   * @defaultValue none: nobody logs in
   */
  readonly password?: Secret | undefined
  /**
   * Which of the databases to ask.
   * @defaultValue 0
   */
  readonly database?: number | undefined
  /**
   * What to ask: a command and its arguments. Choose one that changes nothing.
   * @defaultValue `['INFO']`
   */
  readonly command?: readonly string[] | undefined
}

/** The defaults of {@link redisCheck}. */
export const defaultRedisCheckOptions: Readonly<
  Defined<Pick<RedisCheckOptions, 'port' | 'database' | 'command'>>
> = Object.freeze({ port: 6379, database: 0, command: Object.freeze(['INFO']) })

/**
 * A check of Redis, Valkey, KeyDB or a sentinel, by `INFO` or another command.
 *
 * Metrics: of `INFO` each line by its name, such as `connected_clients`, `used_memory`: numbers as gauges, but for what Redis counts up
 * since it started (`total_*_processed`, `keyspace_hits`, `used_cpu_*` and others), which are counters; the rest as texts. A line with
 * parts is one metric for each: `` db0`keys ``, `` slave0`lag ``. Of another command the answer, by its arguments or else its name: `LLEN
 * queue` is `queue`; numbers as gauges, the rest as texts, parts by their number, `` queue`0 ``, and of `HGETALL` and `CONFIG` by their
 * name. And those of the connection, see `converse`.
 *
 * The state is bad where it answers with an error, and unknown where there is no value, such as a key that is not there.
 */
export function redisCheck(options: RedisCheckOptions): Check {
  const { port, database, command } = defaultRedisCheckOptions
  const kind = {
    kind: 'redis',
    port,
    defaults: { database, command, user: undefined, password: undefined } as Own,
    checks: {
      user: optional(text()),
      password: optional(isSecret),
      database: wholeNumber(0),
      command: (value: unknown) =>
        Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string')
          ? undefined
          : 'a command and its arguments, as a list of strings',
    },
  }
  const check = targetCheck(kind, options, async (context, target) => {
    const { user, database: chosen, command: words } = target
    const password = target.password && (await reveal(target.password, 'password', context))
    return converse(context, target, async (connection) => {
      const ask = async (...words: readonly string[]): Promise<RespValue> => {
        connection.send(respCommand(words))
        return readResp(connection)
      }
      if (password !== undefined) {
        const reply = await ask('AUTH', ...(user === undefined ? [] : [user]), password)
        // Its words may repeat the password.
        if (isRespError(reply)) return context.found.bad(`the login was answered by ${reply.code}`)
      }
      if (chosen !== 0) {
        const reply = await ask('SELECT', String(chosen))
        if (isRespError(reply)) return context.found.bad(`SELECT was answered by ${quoted(reply.message)}`)
      }
      const outcome = await measure(context, words, await ask(...words))
      connection.send(respCommand(['QUIT']))
      return outcome
    })
  })
  if (options.user !== undefined && options.password === undefined)
    throw badOption('option "user" needs the option "password"')
  return check
}

type Own = Pick<RedisCheckOptions, 'user' | 'password'> & {
  readonly database: number
  readonly command: readonly string[]
}

async function measure(
  { found, signal }: CheckContext,
  words: readonly string[],
  reply: RespValue,
): Promise<CheckOutcome> {
  const name = words[0]?.toUpperCase() ?? ''
  if (isRespError(reply)) return found.bad(`${name} was answered by ${quoted(reply.message)}`)
  if (!hasValue(reply)) return { ...found.unknown(`${name} gave no value`), available: 'yes' }
  const metric = words.length === 1 ? name.toLowerCase() : words.slice(1).join('`')
  const slices = new Slices()
  const steps = stepsOf(found, name, metric, reply)
  while (steps.next().done !== true) {
    if (!slices.isOver) continue
    await slices.pause()
    signal.throwIfAborted()
  }
  return found.good()
}

function stepsOf(found: Findings, name: string, metric: string, reply: RespValue): Iterator<undefined> {
  if (name === 'INFO' && typeof reply === 'string') return measureInfo(found, reply)
  return Array.isArray(reply) && (name === 'HGETALL' || name === 'CONFIG')
    ? measurePairs(found, metric, reply as readonly RespValue[])
    : measureReply(found, metric, reply)
}
