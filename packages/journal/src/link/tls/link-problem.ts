import type { Problem, ReportProblem } from '@tocsin/core'

import type { LinkErrorCode } from '../session/session-types.ts'
import type { LinkRefusalCode } from './refusal.ts'

/**
 * What goes wrong around links: why a connection did not become one (see `LinkRefusalCode`), why a feed was refused (`link-refused`,
 * with `code`), and what is wrong with certificates here.
 */
export type LinkProblemReason =
  | LinkRefusalCode
  | 'expired'
  | 'expires-soon'
  | 'held'
  | 'link-lost'
  | 'link-refused'
  | 'reload-failed'
  | 'superseded'

/** Something was wrong with a link and was survived. */
export interface LinkProblem extends Problem<LinkProblemReason> {
  /** Name of the other side, or its address where it proved no name. */
  readonly peer?: string
  /** Of `link-refused`: what the side that refused says. */
  readonly code?: LinkErrorCode | (string & {})
}

/** Tells of a problem. */
export type ReportLink = ReportProblem<LinkProblem>
