import { addressOfPeer } from '../listening/address.ts'
import { createAllowedPeers } from '../listening/allowed-peers.ts'
import { challengeOf, createAuthorization } from './http-auth.ts'
import type { HttpHandler } from './http-handler.ts'
import type { ResolvedHttp } from './http-options.ts'
import type { HttpRefusal, HttpRequest } from './http-request.ts'

const stranger: HttpRefusal = {
  status: 403,
  reason: 'forbidden',
  message: 'this address is not among those that may send',
}

/** The same handlers, which ask first who sends: so it is asked on whichever server they are. */
export function guardHandlers(
  handlers: readonly HttpHandler[],
  { allow, auth }: Pick<ResolvedHttp, 'allow' | 'auth'>,
): readonly HttpHandler[] {
  if (allow === undefined && auth === undefined) return handlers
  const isAllowed = createAllowedPeers(allow)
  const isAuthorized = auth && createAuthorization(auth)
  const unauthorized: HttpRefusal = {
    status: 401,
    reason: 'forbidden',
    message: 'the header Authorization is missing or wrong',
    headers: { 'www-authenticate': auth === undefined ? '' : challengeOf(auth) },
  }
  const guard = (request: HttpRequest): HttpRefusal | undefined => {
    // Whoever may open a Unix socket may send.
    if (request.peer !== 'unix' && !isAllowed(addressOfPeer(request.peer))) return stranger
    return isAuthorized?.(request.header('authorization')) === false ? unauthorized : undefined
  }
  return handlers.map((handler): HttpHandler => {
    const route = {
      name: handler.name,
      methods: handler.methods,
      owns: (path: string) => handler.owns(path),
      check: (request: HttpRequest, path: string) => guard(request) ?? handler.check?.(request, path),
    }
    return 'answer' in handler
      ? { ...route, open: (run) => handler.open(run), answer: (request) => handler.answer(request) }
      : { ...route, take: (...body) => handler.take(...body), reply: (...taken) => handler.reply(...taken) }
  })
}
