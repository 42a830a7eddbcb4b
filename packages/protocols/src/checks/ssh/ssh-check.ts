import { type Defined, flag, oneOf, optional } from '@tocsin/core'
import type { ServerHostKeyAlgorithm } from 'ssh2'

import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import { outcomeOfFailure } from '../check-failure.ts'
import { dial } from '../exchange/dial.ts'
import { endPhase } from '../exchange/phases.ts'
import { type ResolvedTarget, type TargetOptions, targetCheck } from '../exchange/target-check.ts'
import { quoted } from '../quoted.ts'
import { readHostKey } from './host-key.ts'
import { readIdentification } from './identification.ts'
import { exchangeKeys, loadSsh2 } from './key-exchange.ts'

/** Types of host keys. */
export type SshKeyType = 'ed25519' | 'ecdsa' | 'rsa'

/** How {@link sshCheck} looks. */
export interface SshCheckOptions extends TargetOptions {
  /**
   * Whether to ask for the host key, too, which needs the package ssh2.
   * @defaultValue true
   */
  readonly hostKey?: boolean | undefined
  /**
   * Of which type the host key must be; most servers have several.
   * @defaultValue the first of these that the server has: ed25519, ecdsa, rsa
   */
  readonly keyType?: SshKeyType | undefined
  /**
   * Fingerprints, one of which the host key must have, as `ssh-keygen -l` shows them: `SHA256:…` or `MD5:…`.
   * @defaultValue any
   */
  readonly fingerprints?: readonly string[] | undefined
}

/** The defaults of {@link sshCheck}. */
export const defaultSshCheckOptions: Readonly<Defined<Pick<SshCheckOptions, 'port' | 'hostKey'>>> =
  Object.freeze({
    port: 22,
    hostKey: true,
  })

const algorithms: Readonly<Record<SshKeyType, readonly ServerHostKeyAlgorithm[]>> = {
  ed25519: ['ssh-ed25519'],
  ecdsa: ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  rsa: ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}

const isFingerprint = (value: unknown): boolean =>
  typeof value === 'string' && /^(SHA256:[A-Za-z0-9+/]{43}=?|MD5:[0-9a-f]{2}(:[0-9a-f]{2}){15})$/.test(value)

/**
 * A check of a server of SSH: who it says it is, and by which key it shows that. Nobody logs in. The key needs the package ssh2, which is
 * loaded with the first run: `npm install ssh2`.
 *
 * Metrics: the texts `banner` (`SSH-2.0-OpenSSH_9.2p1`), `key_type` (`ssh-ed25519`), `fingerprint_sha256` and `fingerprint_md5`, and the
 * gauge `key_bits`. And of the connection `tt_resolve` where a name was looked up, `tt_connect`, `tt_firstbyte` (ms), `phase_ms`.
 *
 * The state is bad where it speaks another protocol or version, its key has none of the `fingerprints`, or it exchanges keys only by a prime
 * of its own choice (`diffie-hellman-group-exchange`), which could take a second to calculate with.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`; without the package each run that needs it is unknown, and says
 * `PROTOCOL_PEER_MISSING`.
 *
 * @example
 * ```ts
 * import { sshCheck } from '@tocsin/protocols/checks/ssh'
 *
 * const fingerprints = ['SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU']
 * console.log(sshCheck({ host: 'shell.example.org', keyType: 'ed25519', fingerprints }).name) // => ssh:shell.example.org:22
 * ```
 */
export function sshCheck(options: SshCheckOptions): Check {
  const { port, hostKey } = defaultSshCheckOptions
  const kind = {
    kind: 'ssh',
    port,
    defaults: { hostKey, keyType: undefined, fingerprints: undefined } as Own,
    checks: {
      hostKey: flag,
      keyType: optional(oneOf('ed25519', 'ecdsa', 'rsa')),
      fingerprints: optional((value) =>
        Array.isArray(value) && value.length > 0 && value.every(isFingerprint)
          ? undefined
          : 'fingerprints as "SHA256:…" or "MD5:…"',
      ),
    },
  }
  return targetCheck(kind, options, async (context, target) => {
    try {
      return await look(context, target)
    } catch (error) {
      return outcomeOfFailure(error)
    }
  })
}

interface Own {
  readonly hostKey: boolean
  readonly keyType: SshKeyType | undefined
  readonly fingerprints: readonly string[] | undefined
}

async function look(context: CheckContext, target: ResolvedTarget<Own>): Promise<CheckOutcome> {
  const { found } = context
  const { hostKey, keyType, fingerprints } = target
  const ssh2 = hostKey ? await loadSsh2() : undefined
  return dial(context, target, async (dialled) => {
    const banner = await readIdentification(
      dialled,
      () => void endPhase(context, 'first_byte', dialled.readyMs),
    )
    found.text('banner', banner)
    if (!/^SSH-(2\.0|1\.99)-/.test(banner))
      return found.bad(`it does not speak SSH 2, but says ${quoted(banner)}`)
    if (ssh2 === undefined) return found.good()
    const wanted = keyType === undefined ? undefined : algorithms[keyType]
    const key = readHostKey(await exchangeKeys(dialled, new ssh2.Client(), wanted))
    found.text('key_type', key.type)
    found.gauge('key_bits', key.bits)
    found.text('fingerprint_sha256', key.sha256)
    found.text('fingerprint_md5', key.md5)
    const isExpected =
      fingerprints === undefined ||
      fingerprints.some((expected) => [key.sha256, key.md5].includes(expected.replace(/=$/, '')))
    return isExpected ? found.good() : found.bad(`its host key is another than expected: ${key.sha256}`)
  })
}
