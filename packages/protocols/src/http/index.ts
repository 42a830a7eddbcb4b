/**
 * One HTTP server for several protocols, and what hands their requests in from servers of one's own.
 *
 * @module
 */
export { defaultHttp } from './http-options.ts'
export { toNodeHandler } from './node-handler.ts'
export { serve } from './serve.ts'
export { toWebHandler } from './web-handler.ts'

export type { HttpAuth, HttpUser } from './http-auth.ts'
export type {
  BodyPacking,
  HttpHandler,
  HttpPage,
  HttpPageRun,
  HttpReceiver,
  HttpSource,
  TakenBody,
} from './http-handler.ts'
export type { HttpOptions, ResolvedHttp } from './http-options.ts'
export type { HttpRefusal, HttpReply, HttpRequest } from './http-request.ts'
export type { ServeOptions } from './serve.ts'
