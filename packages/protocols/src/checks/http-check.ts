import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

import {
  type Check as OptionCheck,
  type Defined,
  maxTagLength,
  optional,
  resolveOptions,
  text,
  wholeNumber,
} from '@tocsin/core'

import { badOption } from '../errors.ts'
import { limit } from '../option-checks.ts'
import { type BodySearch, bodySearch } from './body-search.ts'
import type { Check, CheckContext, CheckOutcome } from './check.ts'

/** What {@link httpCheck} asks for and expects. */
export interface HttpCheckOptions {
  /** What to ask for, `http:` or `https:`. */
  readonly url: string
  /**
   * Name of the check.
   * @defaultValue `http:<host>:<port><path>`, without user, password and query
   */
  readonly name?: string | undefined
  /**
   * Method of the request.
   * @defaultValue `'GET'`
   */
  readonly method?: string | undefined
  /**
   * Headers of the request.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The status that is well, or several. Redirects are not followed.
   * @defaultValue 200
   */
  readonly expectStatus?: number | readonly number[] | undefined
  /**
   * What the body must contain, or an expression that it must match. Expressions are read with the flag `u` and run in linear time:
   * those with a back reference or a look around, the flags `v` or `y`, or more than 2000 steps are refused at the call.
   * @defaultValue anything
   */
  readonly bodyMatch?: string | RegExp | undefined
  /**
   * Largest body, bytes; a larger one fails the check.
   * @defaultValue 1048576
   */
  readonly maxBodyBytes?: number | undefined
}

/** The defaults of {@link httpCheck}. */
export const defaultHttpCheckOptions: Readonly<
  Defined<Omit<HttpCheckOptions, 'url' | 'name' | 'bodyMatch'>>
> = Object.freeze({ method: 'GET', headers: Object.freeze({}), expectStatus: 200, maxBodyBytes: 1024 * 1024 })

type Resolved = typeof defaultHttpCheckOptions & {
  readonly url: string
  readonly name: string | undefined
  readonly bodyMatch: string | RegExp | undefined
}

const status = wholeNumber(100, 599)

const resolve = (options: HttpCheckOptions): Resolved =>
  resolveOptions<Resolved>(
    { ...defaultHttpCheckOptions, url: '', name: undefined, bodyMatch: undefined },
    options,
    {
      url: (value) =>
        typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value)
          ? undefined
          : 'a URL that starts with http:// or https://',
      name: optional(text()),
      method: (value) =>
        typeof value === 'string' && /^[A-Z]+$/.test(value) ? undefined : 'a method such as GET',
      headers: isHeaders,
      expectStatus: (value) =>
        Array.isArray(value) && value.length > 0
          ? value.map(status).find((wrong) => wrong !== undefined)
          : status(value),
      bodyMatch: (value) => {
        if (value === undefined || typeof value === 'string') return undefined
        if (!(value instanceof RegExp)) return 'a string or a regular expression'
        const search = bodySearch(value)
        return typeof search === 'string' ? `an expression for linear time (${search})` : undefined
      },
      maxBodyBytes: limit,
    },
    badOption,
  )

const isHeaders: OptionCheck = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((entry) => typeof entry === 'string')
    ? undefined
    : 'an object of strings'

/**
 * A check that asks for a URL, on a connection of its own, and looks at status and body.
 *
 * Samples: `code` (the status), `bytes` (of the body, gauge), `tt_firstbyte` (ms until the head of the answer).
 * Messages name host and port only, since path and query may hold secrets.
 */
export function httpCheck(options: HttpCheckOptions): Check {
  const resolved = resolve(options)
  const url = new URL(resolved.url)
  const name = resolved.name ?? defaultName(url)
  const search = resolved.bodyMatch === undefined ? undefined : bodySearch(resolved.bodyMatch)
  if (typeof search === 'string') throw badOption(search)
  return { name, run: (context) => runHttpCheck(url, resolved, search, context) }
}

/** As it can stand in the tag of a series without an escape, whatever the path has; a long one is cut. */
function defaultName({ host, pathname }: URL): string {
  const name = `http:${host}${pathname}`.replace(/[^a-zA-Z0-9`!"#$%&'\-./?@^_:=]/g, '_')
  return name.slice(0, maxTagLength - 'check:'.length)
}

async function runHttpCheck(
  url: URL,
  options: Resolved,
  search: BodySearch | undefined,
  { signal, elapsedMs, found }: CheckContext,
): Promise<CheckOutcome> {
  const response = await open(url, options, signal)
  found.gauge('code', response.statusCode ?? 0)
  found.gauge('tt_firstbyte', elapsedMs())
  const wrong = (status: string): CheckOutcome => found.bad(status)
  const body = await readText(response, options.maxBodyBytes).catch(reasonOf)
  if (typeof body === 'string') return wrong(`the body from ${url.host} broke off: ${body}`)
  if (body === undefined) return wrong(`the body has more than ${options.maxBodyBytes} bytes`)
  found.gauge('bytes', body.length)
  const expected = [options.expectStatus].flat()
  if (!expected.includes(response.statusCode ?? 0)) {
    return wrong(`expected status ${expected.join(' or ')}, got ${response.statusCode ?? 0}`)
  }
  if (search === undefined || (await search(body, signal))) return found.good()
  return wrong('the body does not match')
}

function open(url: URL, { method, headers }: Resolved, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolveResponse, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    request(url, { method, headers, signal, agent: false }, resolveResponse)
      .on('error', (error) =>
        reject(new Error(`no answer from ${url.host}: ${reasonOf(error)}`, { cause: error })),
      )
      // A change of protocol (101, CONNECT) closes the connection with neither answer nor error.
      .on('close', () => reject(new Error(`no answer from ${url.host}: it went over to another protocol`)))
      .end()
  })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** The body, or `undefined` where it is too large. Leaving the loop destroys the connection. */
async function readText(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
