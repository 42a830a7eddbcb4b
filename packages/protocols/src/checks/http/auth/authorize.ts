import { randomBytes } from 'node:crypto'

import { secretsOfHeader } from '../../../source/hide-texts.ts'
import type { CheckContext } from '../../check.ts'
import { reveal } from './secret.ts'
import type { HttpCredentials } from '../http-check-options.ts'
import type { HttpRequest } from '../http-request.ts'
import { digestAuthorization } from './digest.ts'

/** The header `Authorization` of Basic, RFC 7617. */
export async function basicAuthorization(
  { user, password }: HttpCredentials,
  context: CheckContext,
): Promise<string> {
  const pair = `${user}:${await reveal(password, 'password', context)}`
  const header = `Basic ${Buffer.from(pair).toString('base64')}`
  context.found.hide(...secretsOfHeader(header))
  return header
}

/** The header `Authorization` for a request that was challenged; `undefined` where no challenge is one of Digest that is known. */
export async function answerChallenge(
  { url, method, body = '' }: HttpRequest,
  { user, password }: HttpCredentials,
  challenge: string,
  context: CheckContext,
): Promise<string | undefined> {
  return digestAuthorization(challenge, {
    method,
    uri: url.pathname + url.search,
    body,
    user,
    password: await reveal(password, 'password', context),
    clientNonce: randomBytes(16).toString('hex'),
  })
}
