import { createHash } from 'node:crypto'

/** What is told of a host key. */
export interface HostKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string
  /** How long it is; 0 where that is not known of the type. */
  readonly bits: number
  /** As `ssh-keygen -l` shows them. */
  readonly sha256: string
  readonly md5: string
}

/** Reads a host key, as a server sends it (RFC 4253 section 6.6). */
export function readHostKey(blob: Buffer): HostKey {
  const parts = partsOf(blob)
  const type = parts[0]?.toString('latin1') ?? ''
  const md5 = createHash('md5')
    .update(blob)
    .digest('hex')
    .replace(/..(?=.)/g, '$&:')
  return {
    type,
    bits: bitsOf(type, parts),
    sha256: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
    md5: `MD5:${md5}`,
  }
}

function partsOf(blob: Buffer): readonly Buffer[] {
  const parts: Buffer[] = []
  let at = 0
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at)
    parts.push(blob.subarray(at + 4, end))
    at = end
  }
  return parts
}

function bitsOf(type: string, parts: readonly Buffer[]): number {
  const [, curve] = /^ecdsa-sha2-nistp(\d+)$/.exec(type) ?? []
  if (curve !== undefined) return Number(curve)
  if (type === 'ssh-ed25519') return 256
  if (type === 'ssh-ed448') return 456
  // Of RSA the second number is the modulus, of DSA the first the prime.
  const number = type === 'ssh-rsa' ? parts[2] : type === 'ssh-dss' ? parts[1] : undefined
  const first = number?.findIndex((byte) => byte !== 0) ?? -1
  if (number === undefined || first < 0) return 0
  return (number.length - first) * 8 - Math.clz32(number[first] ?? 0) + 24
}
