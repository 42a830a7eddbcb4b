import { type Checks, maxTagLength, optional, resolveOptions, text } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import type { AddressFamily } from './resolver.ts'
import { defaultTarget, hostChecks, isTls, targetName, type TlsOptions } from './target.ts'

/** What all checks of a port of a host take. */
export interface TargetOptions {
  /** Name of the host, or its address. */
  readonly host: string
  /**
   * Its port.
   * @defaultValue that of the protocol
   */
  readonly port?: number | undefined
  /**
   * Name of the check.
   * @defaultValue `<protocol>:<host>:<port>`
   */
  readonly name?: string | undefined
  /**
   * Which addresses of the host to take.
   * @defaultValue `'prefer-ipv4'`
   */
  readonly family?: AddressFamily | undefined
}

/** The same for those that may speak TLS. */
export interface SecureTargetOptions extends TargetOptions {
  /**
   * Whether to speak TLS from the first byte, and how.
   * @defaultValue false
   */
  readonly tls?: boolean | TlsOptions | undefined
}

/** The options of a check of a port, all of them. */
export type ResolvedTarget<Own> = Own & {
  readonly host: string
  readonly port: number
  readonly family: AddressFamily
  readonly tls: boolean | TlsOptions
}

/** A kind of check of a port: its name, its port, and what it takes beside what all take. */
export interface TargetCheckKind<Own extends object> {
  readonly kind: string
  readonly port: number
  /** @defaultValue false */
  readonly tls?: boolean | TlsOptions
  readonly defaults: Own
  readonly checks: Checks<Own>
}

/** A check of a port of a host. Throws `PROTOCOL_BAD_OPTION` where options are wrong. */
export function targetCheck<Own extends object>(
  { kind, port, tls = defaultTarget.tls, defaults, checks }: TargetCheckKind<Own>,
  options: TargetOptions & { readonly [Name in keyof Own]?: Own[Name] | undefined },
  run: (context: CheckContext, target: ResolvedTarget<Own>) => PromiseLike<CheckOutcome>,
): Check {
  type Resolved = ResolvedTarget<Own> & { readonly name: string | undefined }
  const resolved = resolveOptions<Resolved>(
    {
      tls,
      family: defaultTarget.family,
      name: undefined,
      host: '',
      port,
      ...defaults,
    },
    options as Partial<Resolved>,
    { ...targetChecks, ...checks } as unknown as Checks<Resolved>,
    badOption,
  )
  const { host, name } = resolved
  return {
    host,
    name: name ?? checkName(kind, targetName(resolved)),
    run: (context) => run(context, resolved),
  }
}

/** A name that can stand in the tag of a series without an escape, whatever is in it; a long one is cut. */
export const checkName = (kind: string, target: string): string =>
  `${kind}:${target}`.replace(/[^a-zA-Z0-9`!"#$%&'\-./?@^_:=]/g, '_').slice(0, maxTagLength - 'check:'.length)

const targetChecks = { ...hostChecks, name: optional(text()), tls: isTls }
