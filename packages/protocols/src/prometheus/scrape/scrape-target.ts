import { createHash } from 'node:crypto'

import {
  buildSeries,
  type Check,
  type Checks,
  type Defined,
  oneOf,
  optional,
  resolveOptions,
  type Tags,
} from '@tocsin/core'

import type { AddressFamily } from '../../checks/exchange/resolver.ts'
import { isTls, type TlsOptions } from '../../checks/exchange/target.ts'
import { isHeaders } from '../../checks/http/http-check-options.ts'
import { badOption } from '../../errors.ts'
import { type ResolvedScrape, type ScrapeDefaults, scrapeDefaultChecks } from './scrape-options.ts'

/** A page to be scraped. */
export interface ScrapeTarget extends ScrapeDefaults {
  /** Where it is, `http:` or `https:`, without a user and a password, which `headers` may hold. */
  readonly url: string
  /**
   * Labels that all its series get, such as `job`; an empty one is left out.
   * @defaultValue `instance`, the host and port of the URL, where that is not among them
   */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /**
   * Headers of the request, such as `authorization`.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Which addresses of the host to take.
   * @defaultValue `'prefer-ipv4'`
   */
  readonly family?: AddressFamily | undefined
  /**
   * How TLS is spoken with `https:`.
   * @defaultValue authorities of Node, and the name of the host
   */
  readonly tls?: TlsOptions | undefined
}

/** A target with all that it needs. */
export interface ReadTarget {
  /** From what decides which series it has, so that what else is changed does not begin them anew. */
  readonly name: string
  readonly url: URL
  readonly labels: Tags
  readonly headers: Readonly<Record<string, string>>
  readonly family: AddressFamily
  readonly tls: TlsOptions
  readonly periodMs: number
  readonly timeoutMs: number
  readonly honorLabels: boolean
  readonly honorTimestamps: boolean
}

const isUrl: Check = (value) =>
  typeof value === 'string' &&
  /^https?:\/\//i.test(value) &&
  URL.canParse(value) &&
  new URL(value).username + new URL(value).password === ''
    ? undefined
    : 'a URL that starts with http:// or https:// and has no user'

const isLabels: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((entry) => typeof entry === 'string') &&
  buildSeries('up', value as Readonly<Record<string, string>>).ok
    ? undefined
    : 'an object of strings that can be tags'

type Given = Defined<Omit<ScrapeTarget, 'timeoutMs'>> & { readonly timeoutMs: number | undefined }

const checks: Checks<Given> = {
  url: isUrl,
  labels: isLabels,
  headers: isHeaders,
  family: oneOf('prefer-ipv4', 'prefer-ipv6', 'ipv4', 'ipv6'),
  tls: optional((value) => (typeof value === 'boolean' ? 'an object' : isTls(value))),
  ...(scrapeDefaultChecks as Checks<Pick<Given, keyof ScrapeDefaults>>),
}

/**
 * Reads a list of targets one by one; what is wrong is told to `refuse`. Throws `PROTOCOL_BAD_OPTION` where it is no list.
 */
export function readTargets(
  targets: unknown,
  options: ResolvedScrape,
  refuse: (message: string) => void,
): ReadonlyMap<string, ReadTarget> {
  if (!Array.isArray(targets)) throw badOption('the targets to scrape must be a list')
  const taken = new Map<string, ReadTarget>()
  for (const [at, target] of targets.entries()) {
    try {
      const read = readTarget(target, options)
      if (taken.has(read.name)) refuse(`target ${at} has URL and labels of another one`)
      else taken.set(read.name, read)
    } catch (error) {
      refuse(`target ${at}: ${(error as Error).message.replace(/^PROTOCOL_BAD_OPTION: /, '')}`)
    }
  }
  return taken
}

function readTarget(target: unknown, options: ResolvedScrape): ReadTarget {
  if (typeof target !== 'object' || target === null) throw badOption('it must be an object with a url')
  const { periodMs, timeoutMs, honorLabels, honorTimestamps } = options
  const given = resolveOptions<Given>(
    {
      ...{ url: '', labels: {}, headers: {}, family: 'prefer-ipv4', tls: {} },
      ...{ periodMs, timeoutMs, honorLabels, honorTimestamps },
    },
    target,
    checks,
    badOption,
  )
  const url = new URL(given.url)
  const filled = Object.entries({ instance: authority(url), ...given.labels }).filter(
    ([, value]) => value !== '',
  )
  const labels = Object.fromEntries(filled.sort(([a], [b]) => (a < b ? -1 : 1)))
  if (!buildSeries('up', labels).ok) throw badOption('the host of its URL is too long for a label')
  const longest = given.timeoutMs ?? Math.min(10_000, Math.ceil(given.periodMs / 2))
  if (longest > given.periodMs) throw badOption('"timeoutMs" must be at most "periodMs"')
  const identity = [url.href, labels, given.honorLabels, given.honorTimestamps]
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex')
  // The rest of a URL may hold secrets.
  return { ...given, name: `scrape:${digest}`, url, labels, timeoutMs: longest }
}

/** Host and port, also where that is the one of the scheme. */
const authority = ({ host, port, protocol }: URL): string =>
  port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
