import { isIP } from 'node:net'

import { type Defined, flag, oneOf, optional, resolveOptions, text, wholeNumber } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { Check } from '../check.ts'
import type { AddressFamily } from '../exchange/resolver.ts'
import { families, hostOption, targetName } from '../exchange/target.ts'
import { checkName } from '../exchange/target-check.ts'
import { foundOnce } from '../values/found-once.ts'
import { judgeAnswer } from './dns/answer.ts'
import { decodeName, encodeName, reverseName } from './dns/domain-name.ts'
import { type DnsRecordType, type DnsResponseCode, isResponseCode, recordTypes } from './dns/record-types.ts'
import { askInTurn, systemServers } from './dns/system-servers.ts'

/** What {@link dnsCheck} asks and expects. */
export interface DnsCheckOptions {
  /** The name to ask for; for the type `PTR` an address may be given as it is. */
  readonly query: string
  /**
   * The type of records.
   * @defaultValue `'A'`
   */
  readonly type?: DnsRecordType | undefined
  /**
   * The server to ask: its name, or its address.
   * @defaultValue those that this system asks, as they are at each run: the first of them that answers
   */
  readonly nameserver?: string | undefined
  /**
   * Its port.
   * @defaultValue 53, or that of the system's
   */
  readonly port?: number | undefined
  /**
   * Name of the check.
   * @defaultValue `dns:<query>/<type>`, with `@<nameserver>` where one is given
   */
  readonly name?: string | undefined
  /**
   * Which addresses of the server to take.
   * @defaultValue `'prefer-ipv4'`
   */
  readonly family?: AddressFamily | undefined
  /**
   * How to ask; by UDP, an answer that is too long for a datagram of 1232 bytes is asked for again over TCP.
   * @defaultValue `'udp'`
   */
  readonly transport?: 'udp' | 'tcp' | undefined
  /**
   * Whether the server shall ask others for what it does not know.
   * @defaultValue true
   */
  readonly recursion?: boolean | undefined
  /**
   * Whether to ask for what is known by DNSSEC (the bit `DO`), and to measure whether the server found the answer to be true.
   * @defaultValue false
   */
  readonly dnssec?: boolean | undefined
  /**
   * The answers that there must be, all of them and no others, in any order: addresses, names, and what has several parts as in zone files
   * (`10 mail.example.org`).
   * @defaultValue any
   */
  readonly expect?: string | readonly string[] | undefined
  /**
   * The code that the server must answer by; with another one than `NOERROR`, no records are needed.
   * @defaultValue `'NOERROR'`
   */
  readonly expectCode?: DnsResponseCode | undefined
}

/** The defaults of {@link dnsCheck}. */
export const defaultDnsCheckOptions: Readonly<
  Defined<Pick<DnsCheckOptions, 'type' | 'transport' | 'recursion' | 'dnssec' | 'expectCode'>>
> = Object.freeze({ type: 'A', transport: 'udp', recursion: true, dnssec: false, expectCode: 'NOERROR' })

type Resolved = typeof defaultDnsCheckOptions & {
  readonly query: string
  readonly nameserver: string | undefined
  readonly port: number | undefined
  readonly name: string | undefined
  readonly family: AddressFamily
  readonly expect: string | readonly string[] | undefined
}

/**
 * A check of a name in the DNS, as one server answers for it. The answer must repeat the question and its random number, and come from where
 * the question went. It says by EDNS that long answers may come in a datagram, and asks without where a server does not understand that. Of
 * several servers of this system each has 1 s to answer, and in further rounds 2 and 4 s.
 *
 * Metrics: `rtt` (gauge, ms, from the question to its answer, with that over TCP where there was one), `rcode` (text), `authoritative`
 * (gauge, 0 or 1), `answers` (gauge, how many), `answer` (text: sorted, with `, ` between them), `ttl` (gauge, s, the lowest), `cname` (text,
 * where the name leads to, if elsewhere), and of `SOA` the texts `name-server` and `email-addr` and the gauges `serial`, `refresh`, `retry`,
 * `expiry` and `minimum`; where the servers are those of this system `nameserver` (text, which one answered); with `dnssec` `authenticated`
 * (gauge, 0 or 1). And those of the connection, see `ask` and `converse`.
 *
 * The state is bad where there is no record, another code, or not what is expected, and a warning where there are more records than the first
 * 500, which are read.
 *
 * @example
 * ```ts
 * import { dnsCheck } from '@tocsin/protocols/checks'
 *
 * const mail = dnsCheck({ query: 'example.org', type: 'MX', nameserver: '192.0.2.53', expect: '10 mail.example.org' })
 * console.log(mail.name) // => dns:example.org/MX@192.0.2.53
 * ```
 */
export function dnsCheck(options: DnsCheckOptions): Check {
  const resolved = resolve(options)
  const { query, type, nameserver, family, transport, recursion, dnssec } = resolved
  const name = encodeName(type === 'PTR' && isIP(query) !== 0 ? reverseName(query) : query)
  if (typeof name === 'string') throw badOption(`option "query" must be ${name}`)
  const question = { name, type: recordTypes[type], recursion, extension: { dnssec } }
  const [asked] = decodeName(Buffer.from(name), 0)
  return {
    name:
      resolved.name ??
      checkName('dns', `${query}/${type}${nameserver === undefined ? '' : `@${nameserver}`}`),
    ...(nameserver !== undefined && { host: nameserver }),
    async run(context) {
      const { found } = context
      // A phase that several exchanges have is that of the first.
      const once = { ...context, found: foundOnce(found) }
      const servers = nameserver === undefined ? systemServers() : [{ host: nameserver, port: 53 }]
      const targets = servers.map(({ host, port }) => ({ host, port: resolved.port ?? port, family }))
      const { answer, ms, server } = await askInTurn(once, targets, question, transport)
      found.gauge('rtt', ms)
      if (nameserver === undefined) found.text('nameserver', targetName(server))
      if (dnssec) found.gauge('authenticated', answer.authenticated ? 1 : 0)
      return judgeAnswer(found, answer, asked, resolved)
    },
  }
}

const resolve = (options: DnsCheckOptions): Resolved =>
  resolveOptions<Resolved>(
    {
      ...defaultDnsCheckOptions,
      query: '',
      nameserver: undefined,
      port: undefined,
      name: undefined,
      family: 'prefer-ipv4',
      expect: undefined,
    },
    options,
    {
      query: text(),
      type: oneOf(...Object.keys(recordTypes)),
      nameserver: optional(hostOption),
      port: optional(wholeNumber(1, 65_535)),
      name: optional(text()),
      family: oneOf(...families),
      transport: oneOf('udp', 'tcp'),
      recursion: flag,
      dnssec: flag,
      expect: optional((value) =>
        [value].flat().length > 0 && [value].flat().every((one) => typeof one === 'string' && one !== '')
          ? undefined
          : 'an answer, or a list of them',
      ),
      expectCode: (value) => (isResponseCode(value) ? undefined : 'a code such as NOERROR or NXDOMAIN'),
    },
    badOption,
  )
