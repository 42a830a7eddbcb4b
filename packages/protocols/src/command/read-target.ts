import type { CheckKind } from './check-kinds.ts'
import type { DescribedOption } from './described-options.ts'
import { WrongUse } from './wrong-use.ts'

/** What tells how a target can be written. */
export interface TargetForm extends Pick<CheckKind, 'path' | 'schemes'> {
  readonly word: string
  readonly options: readonly DescribedOption[]
}

/** Options that a target means, as people write it: a host, `host:port`, `[::1]:port`, or a URL such as `redis://host:port`. */
export function readTarget(form: TargetForm, target: string): Readonly<Record<string, unknown>> {
  if (target.includes('://')) return readUrl(form, target)
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(target) ?? []
  // An address of IPv6 without brackets has no port behind it.
  return { host: bracketed ?? name ?? target, ...portOf(form, port ?? '') }
}

/** The ways to write a target, for people. */
export function targetForms(form: TargetForm): readonly string[] {
  const { path } = form
  const has = (name: string): boolean => hasOption(form, name)
  if (!has('port')) return ['host']
  const user = has('user') && has('password') ? '[user:password@]' : ''
  const tail = `://${user}host[:port]${path === undefined ? '' : `[/${path}]`}`
  const needsPort = form.options.some(({ name, isRequired }) => name === 'port' && isRequired === true)
  return [
    ...(needsPort ? ['host:port', '[::1]:port'] : ['host', 'host:port', '[::1]:port']),
    ...schemesOf(form).map((scheme) => `${scheme}${needsPort ? tail.replace('[:port]', ':port') : tail}`),
  ]
}

const hasOption = ({ options }: TargetForm, name: string): boolean =>
  options.some((option) => option.name === name)

/** Its word, and where it can speak TLS from the first byte, its word with an `s` behind it. */
function schemesOf(form: TargetForm): readonly string[] {
  const canSecure = form.options.some(({ name, takes }) => name === 'tls' && takes.includes('flag'))
  return [form.word, ...(canSecure ? [secured(form.word)] : []), ...(form.schemes ?? [])]
}

const secured = (word: string): string => `${word}s`

/** No message repeats the URL, in which a password may stand. */
function readUrl(form: TargetForm, target: string): Readonly<Record<string, unknown>> {
  const { word, path } = form
  const url = URL.canParse(target) ? new URL(target) : undefined
  const scheme = url?.protocol.slice(0, -1) ?? ''
  if (url === undefined || url.hostname === '' || !schemesOf(form).includes(scheme))
    throw new WrongUse(`${word}: write the target as ${targetForms(form).join(', ')}`)
  const [name, password] = [decoded(word, url.username), decoded(word, url.password)]
  const hasLogin = hasOption(form, 'user') && hasOption(form, 'password')
  if ((name !== '' || password !== '') && !hasLogin)
    throw new WrongUse(`${word}: there is no user and no password to be given in the target`)
  const tail = decoded(word, url.pathname.replace(/^\//, ''))
  if ((tail !== '' && path === undefined) || url.search !== '' || url.hash !== '')
    throw new WrongUse(
      `${word}: the target ends with ${path === undefined ? 'the port' : `/${path}`}; the rest are options`,
    )
  const isNumber = form.options.some((option) => option.name === path && option.takes.includes('number'))
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...portOf(form, url.port),
    ...(scheme === secured(word) && { tls: true }),
    ...(name !== '' && { user: name }),
    ...(password !== '' && { password }),
    ...(path !== undefined && tail !== '' && { [path]: isNumber ? Number(tail) : tail }),
  }
}

function portOf(form: TargetForm, port: string): { readonly port?: number } {
  if (port === '') return {}
  if (!hasOption(form, 'port')) throw new WrongUse(`${form.word}: the target has no port`)
  return { port: Number(port) }
}

function decoded(word: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new WrongUse(`${word}: a "%" in the target is written as %25`)
  }
}
