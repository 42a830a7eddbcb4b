import { answeredBadly } from '../../check-failure.ts'
import type { Connection } from '../../exchange/connection.ts'
import { ber, berExtent, berInteger, berNumber, berTags, type BerValue, berValues } from './ber.ts'

const { boolean, integer, octets, enumerated, sequence, set } = berTags

/** Tags of what is asked and answered (RFC 4511 section 4). */
const operations = {
  bind: 0x60,
  bound: 0x61,
  unbind: 0x42,
  search: 0x63,
  entry: 0x64,
  found: 0x65,
  reference: 0x73,
  extended: 0x77,
  extendedAnswer: 0x78,
} as const

const startTls = '1.3.6.1.4.1.1466.20037'
const pagedResults = '1.2.840.113556.1.4.319'

/** Where a search looks. */
export const ldapScopes = ['base', 'one', 'sub'] as const

/** What to search for. */
export interface LdapSearch {
  readonly base: string
  readonly scope: (typeof ldapScopes)[number]
  readonly filter: Buffer
  readonly pageSize: number
}

/** What came of a page of a search. */
interface LdapPage {
  readonly code: number
  /** Where the next page begins; empty where there is none. */
  readonly cookie: Buffer
}

/** Talks LDAP 3 over a connection. What is answered to each is a result code, 0 where all is well. */
export interface LdapTalk {
  bind(name: string, password: string): Promise<number>
  startTls(): Promise<number>
  /** Gives the classes of each object of a page. */
  search(search: LdapSearch, cookie: Buffer, take: (classes: readonly string[]) => void): Promise<LdapPage>
  /** Says goodbye. */
  unbind(): void
}

const notLdap = (): Error => answeredBadly('expected an answer of LDAP, got another')

/** Begins to talk. */
export function ldapTalk(connection: Connection): LdapTalk {
  let id = 0
  const send = (operation: Buffer, ...controls: readonly Buffer[]): void => {
    id += 1
    const given = controls.length === 0 ? [] : [ber(0xa0, ...controls)]
    connection.send(ber(sequence, berNumber(integer, id), operation, ...given))
  }
  const answer = async (expected: readonly number[]): Promise<Message> => {
    const message = await readMessage(connection)
    if (message.id === 0 && message.operation.tag === operations.extendedAnswer)
      throw answeredBadly(`it hung up with ${codeName(codeOf(message))}`)
    if (message.id !== id || !expected.includes(message.operation.tag)) throw notLdap()
    return message
  }
  const ask = async (operation: Buffer, expected: number): Promise<number> => {
    send(operation)
    return codeOf(await answer([expected]))
  }
  return {
    bind: (name, password) =>
      ask(
        ber(operations.bind, berNumber(integer, 3), ber(octets, name), ber(0x80, password)),
        operations.bound,
      ),
    startTls: () => ask(ber(operations.extended, ber(0x80, startTls)), operations.extendedAnswer),
    async search(search, cookie, take) {
      send(searchRequest(search), pageControl(search.pageSize, cookie))
      for (;;) {
        const message = await answer([operations.entry, operations.reference, operations.found])
        const { tag, bytes } = message.operation
        if (tag === operations.found) return { code: codeOf(message), cookie: cookieOf(message) }
        if (tag === operations.entry) take(classesOf(bytes))
      }
    },
    unbind: () => send(ber(operations.unbind)),
  }
}

interface Message {
  readonly id: number
  readonly operation: BerValue
  readonly controls: BerValue | undefined
}

async function readMessage(connection: Connection): Promise<Message> {
  let head = await connection.bytes(2)
  let extent = berExtent(head)
  while (extent === undefined) {
    head = Buffer.concat([head, await connection.bytes(1)])
    extent = berExtent(head)
  }
  if (head[0] !== sequence || extent === false) throw notLdap()
  const [number, operation, controls] = berValues(await connection.bytes(extent.end - extent.start)) ?? []
  const id = berInteger(number)
  if (id === undefined || operation === undefined) throw notLdap()
  return { id, operation, controls }
}

function searchRequest({ base, scope, filter }: LdapSearch): Buffer {
  return ber(
    operations.search,
    ber(octets, base),
    berNumber(enumerated, ldapScopes.indexOf(scope)),
    // Aliases are objects of their own, and the limits are those of the pages.
    berNumber(enumerated, 0),
    berNumber(integer, 0),
    berNumber(integer, 0),
    ber(boolean, Buffer.of(0)),
    filter,
    ber(sequence, ber(octets, 'objectClass')),
  )
}

/** Asks for pages (RFC 2696); a server that knows none gives all at once. */
const pageControl = (size: number, cookie: Buffer): Buffer =>
  ber(
    sequence,
    ber(octets, pagedResults),
    ber(octets, ber(sequence, berNumber(integer, size), ber(octets, cookie))),
  )

function cookieOf({ controls }: Message): Buffer {
  for (const control of partsOf(controls)) {
    const [name, ...others] = partsOf(control)
    if (name?.bytes.toString() !== pagedResults) continue
    const value = others.find(({ tag }) => tag === octets)
    const [page] = value === undefined ? [] : (berValues(value.bytes) ?? [])
    return partsOf(page)[1]?.bytes ?? Buffer.alloc(0)
  }
  return Buffer.alloc(0)
}

function codeOf({ operation }: Message): number {
  const code = berInteger(partsOf(operation)[0])
  if (code === undefined) throw notLdap()
  return code
}

function classesOf(entry: Buffer): readonly string[] {
  const attributes = (berValues(entry) ?? [])[1]
  const classes = partsOf(attributes)
    .map(partsOf)
    .find(([name]) => name?.bytes.toString().toLowerCase() === 'objectclass')
  const values = classes?.[1]
  return values?.tag === set ? partsOf(values).map(({ bytes }) => bytes.toString()) : []
}

function partsOf(value: BerValue | undefined): readonly BerValue[] {
  const parts = value === undefined ? [] : berValues(value.bytes)
  if (parts === undefined) throw notLdap()
  return parts
}

const codes: Readonly<Record<number, string>> = {
  1: 'operationsError',
  2: 'protocolError',
  3: 'timeLimitExceeded',
  4: 'sizeLimitExceeded',
  7: 'authMethodNotSupported',
  8: 'strongerAuthRequired',
  10: 'referral',
  11: 'adminLimitExceeded',
  13: 'confidentialityRequired',
  32: 'noSuchObject',
  34: 'invalidDNSyntax',
  48: 'inappropriateAuthentication',
  49: 'invalidCredentials',
  50: 'insufficientAccessRights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwillingToPerform',
}

/** A result code as people know it. */
export const codeName = (code: number): string => codes[code] ?? `result code ${code}`
