import type { IncomingMessage } from 'node:http'

import type { Check, CheckContext, CheckOutcome } from '../check.ts'
import { measurePhase } from '../exchange/phases.ts'
import { checkName } from '../exchange/target-check.ts'
import { answerChallenge, basicAuthorization } from './auth/authorize.ts'
import { foundOnce, foundWithTags } from '../values/found-once.ts'
import { createJudge, type Judge } from './http-judge.ts'
import { readHttpBody } from './http-body.ts'
import { type HttpCheckOptions, type ResolvedHttpCheck, resolveHttpCheck } from './http-check-options.ts'
import { askHttp, hostOf } from './http-request.ts'
import { redirected, type RunRequest } from './redirect.ts'
import { secretsOfRequest } from './request-secrets.ts'

/**
 * A check that asks for a URL, on a connection of its own, and looks at status and body. It follows redirects and answers challenges where
 * its options say so. Sentences name host and port only, since path and query may hold secrets. Of what a server repeats, passwords, the
 * headers of the request (but for those such as `accept` and `host`, and others of less than 8 characters), the query and its parameters with names such as
 * `token` or `api_key` are hidden in all that is told, as `found.hide` does.
 *
 * Metrics: `code` (gauge, the status), `bytes` (gauge, of the body, decoded), `truncated` (gauge, 0 or 1, with the option `truncate`),
 * `redirects` (gauge, how many were followed, where `maxRedirects` is not 0), `body_match` and `body_match_<name>` (gauges, 0 or 1), and what
 * `extract` finds. `tt_resolve`, `tt_connect`, `tt_tls`, `tt_firstbyte` (gauges, ms since the start of the run), `phase_ms` (gauge, ms, tag
 * `phase`: `resolve`, `connect`, `tls`, `first_byte`, `body`). With `https:`, gauges `cert_start`, `cert_end` (s since the epoch),
 * `cert_end_in`, `cert_chain_end_in` (s), `cert_bits`, and texts `cert_subject`, `cert_issuer`, `cert_serial`,
 * `cert_subject_alternative_names`, `cert_error`, `tls_version`, `tls_cipher`. Phases and certificates of each further request of the run, after a
 * redirect or a challenge, have the tag `request`, from 2 on.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { httpCheck, runOnce } from '@tocsin/protocols/checks'
 *
 * const server = createServer((request, response) => response.end('{ "queue": { "depth": 3 } }')).listen(0)
 * const { port } = server.address() as { port: number }
 * const check = httpCheck({ url: `http://localhost:${port}/health`, extract: 'json' })
 * const { state, samples } = await runOnce(check)
 * const depth = samples.find(({ series }) => series.metric === 'queue`depth')
 * console.log(state, depth?.value) // => good 3
 * server.close()
 * ```
 */
export function httpCheck(options: HttpCheckOptions): Check {
  const resolved = resolveHttpCheck(options)
  const secrets = secretsOfRequest(resolved)
  const judge = createJudge(resolved)
  const url = new URL(resolved.url)
  return {
    name: resolved.name ?? checkName('http', url.host + url.pathname),
    host: hostOf(url),
    run: async (context) => {
      context.found.hide(...secrets)
      // What a body tells comes last, and takes no name of the check itself.
      const found = foundOnce(context.found)
      const outcome = await runHttpCheck({ ...context, found }, resolved, judge)
      const { repeated } = found
      if (repeated === 0) return outcome
      const { state, status = state } = outcome
      return { ...outcome, status: `${status} (${repeated} values have names that others have)` }
    },
  }
}

async function runHttpCheck(
  context: CheckContext,
  options: ResolvedHttpCheck,
  judge: Judge,
): Promise<CheckOutcome> {
  const run: Run = { redirects: 0, basic: await basicOf(options, context), digest: undefined }
  let next: RunRequest | CheckOutcome = firstRequest(options)
  for (let number = 1; !('state' in next); number += 1) {
    const request: RunRequest = next
    const own = number === 1 ? context : numbered(context, number)
    next = await askHttp(own, withAuthorization(request, run), 2 * options.maxBodyBytes, async (answer) => {
      const further = await furtherRequest(context, options, run, request, answer)
      return further ?? conclude(context, own, options, judge, request, answer)
    })
  }
  return next
}

/** Its metrics are not those of the first request. */
const numbered = (context: CheckContext, number: number): CheckContext => ({
  ...context,
  found: foundWithTags(context.found, { request: String(number) }),
})

/** Where a run is. */
interface Run {
  redirects: number
  readonly basic: string | undefined
  /** The answer to a challenge, where there was one to this request. */
  digest: string | undefined
}

const basicOf = async ({ basic }: ResolvedHttpCheck, context: CheckContext): Promise<string | undefined> =>
  basic === undefined ? undefined : basicAuthorization(basic, context)

/** With a body decoded here, and no name of whom it is for. */
const ownHeaders = { 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'tocsin' }

function firstRequest({ url, method, headers, body, family, tls = {} }: ResolvedHttpCheck): RunRequest {
  const parsed = new URL(url)
  parsed.username = parsed.password = ''
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    url: parsed,
    method,
    headers: { ...ownHeaders, ...Object.fromEntries(lowered) },
    body,
    family,
    tls,
    isTrusted: true,
  }
}

function withAuthorization(request: RunRequest, { basic, digest }: Run): RunRequest {
  const authorization = digest ?? basic
  if (authorization === undefined || !request.isTrusted) return request
  return { ...request, headers: { ...request.headers, authorization } }
}

/** What a redirect or a challenge asks for; an outcome where that ends it, `undefined` where the answer is neither. */
async function furtherRequest(
  context: CheckContext,
  { maxRedirects, digest }: ResolvedHttpCheck,
  run: Run,
  request: RunRequest,
  { statusCode = 0, headers }: IncomingMessage,
): Promise<RunRequest | CheckOutcome | undefined> {
  if (statusCode === 401 && digest !== undefined && request.isTrusted) {
    const challenge = headers['www-authenticate']
    if (run.digest !== undefined || challenge === undefined) return undefined
    run.digest = await answerChallenge(request, digest, challenge, context)
    return run.digest === undefined ? undefined : request
  }
  if (maxRedirects === 0) return undefined
  const next = redirected(request, statusCode, headers.location)
  if (typeof next === 'object' && run.redirects < maxRedirects) {
    run.redirects += 1
    // It was for the URL that it answered.
    run.digest = undefined
    return next
  }
  const { found } = context
  found.gauge('redirects', run.redirects)
  if (next === undefined) return undefined
  found.gauge('code', statusCode)
  return found.bad(typeof next === 'string' ? next : `it redirects more than ${maxRedirects} times`)
}

async function conclude(
  context: CheckContext,
  own: CheckContext,
  { maxBodyBytes }: ResolvedHttpCheck,
  judge: Judge,
  { url }: RunRequest,
  answer: IncomingMessage,
): Promise<CheckOutcome> {
  const { statusCode: status = 0, headers } = answer
  context.found.gauge('code', status)
  const startedMs = context.elapsedMs()
  // What comes after 101 is no HTTP, and need not end.
  const body =
    status === 101
      ? { bytes: Buffer.alloc(0), isCut: false, fault: undefined }
      : await readHttpBody(answer, maxBodyBytes, context.signal)
  measurePhase(own, 'body', context.elapsedMs() - startedMs)
  return judge(context, url.host, { status, headers, body })
}
