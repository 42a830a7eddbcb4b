import type { X509Certificate } from 'node:crypto'

/** Names that a certificate proves. Its common name is none of them: authorities check it least. */
export interface CertificateNames {
  /** Its one name in links; `undefined` where it has none, or several, so that none can be told. */
  readonly peer: string | undefined
  /** Names of the machine: DNS names and addresses, as written. */
  readonly hosts: readonly string[]
}

const prefix = 'tocsin:subscriber:'

/**
 * Names of a certificate by its subject alternative names: that of the link is its URI `tocsin:subscriber:<name>`, or without such
 * a URI its DNS name.
 */
export function certificateNames({
  subjectAltName,
}: Pick<X509Certificate, 'subjectAltName'>): CertificateNames {
  const entries = entriesOf(subjectAltName ?? '')
  const valuesOf = (kind: string): readonly string[] =>
    entries.filter(([name]) => name === kind).map(([, value]) => value)
  const links = valuesOf('URI')
    .filter((uri) => uri.startsWith(prefix) && uri.length > prefix.length)
    .map((uri) => uri.slice(prefix.length))
  const dns = valuesOf('DNS').filter((name) => !name.includes('*'))
  const [peer, second] = links.length > 0 ? links : dns
  return {
    peer: second === undefined ? peer : undefined,
    hosts: [...dns, ...valuesOf('IP Address')],
  }
}

/** Whether a certificate proves one of these names, compared exactly. */
export const proves = ({ peer, hosts }: CertificateNames, expected: readonly string[]): boolean =>
  expected.some((name) => name === peer || hosts.includes(name))

/** `DNS:a, URI:"b, c"`: Node quotes as JSON what could be taken for another entry. */
function entriesOf(text: string): readonly (readonly [kind: string, value: string])[] {
  const entries: (readonly [string, string])[] = []
  const entry = /([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^,"]*))(?:, |$)/y
  while (entry.lastIndex < text.length) {
    const [, kind = '', quoted, plain = ''] = entry.exec(text) ?? []
    // What cannot be read proves nothing.
    if (kind === '') return []
    entries.push([kind, quoted === undefined ? plain : unquoted(quoted)])
  }
  return entries
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return ''
  }
}
