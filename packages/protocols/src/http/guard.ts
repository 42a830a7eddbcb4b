import { createAllowedPeers } from '../listening/allowed-peers.ts'
import { addressOfPeer } from '../source/peer.ts'
import { createSourceStamp } from '../source/sample-source.ts'
import { challengeOf, createAuthorization } from './http-auth.ts'
import type { HttpHandler } from './http-handler.ts'
import type { ResolvedHttp } from './http-options.ts'
import type { HttpRefusal, HttpRequest } from './http-request.ts'

const stranger: HttpRefusal = {
  status: 403,
  reason: 'forbidden',
  message: 'this address is not among those that may send',
}

/** The same handlers, which ask first who sends, and say so on samples: on whichever server they are. */
export function guardHandlers(
  handlers: readonly HttpHandler[],
  { allow, auth, source }: Pick<ResolvedHttp, 'allow' | 'auth' | 'source'>,
): readonly HttpHandler[] {
  if (allow === undefined && auth === undefined && source === undefined) return handlers
  const isAllowed = createAllowedPeers(allow)
  const stamp = createSourceStamp(source)
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
    if ('answer' in handler)
      return { ...route, open: (run) => handler.open(run), answer: (request) => handler.answer(request) }
    return {
      ...route,
      packing: handler.packing,
      take(body, request, receivedAt, sink) {
        if (stamp === undefined) return handler.take(body, request, receivedAt, sink)
        return handler.take(body, request, receivedAt, {
          sample: (sample) => sink.sample(stamp(sample, request.peer)),
          problem: (problem) => sink.problem(problem),
        })
      },
      reply: (...taken) => handler.reply(...taken),
      refusalHeaders: (...refused) => handler.refusalHeaders?.(...refused) ?? {},
    }
  })
}
