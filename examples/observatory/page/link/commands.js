// What a person may do, by POST. What comes of it is told by the stream, to everybody.

import { askFor, askWithToken, Refused } from './ask.js'

const done = new Map([
  ['acknowledge', 'Not acknowledged'],
  ['unacknowledge', 'Not taken back'],
  ['maintenance', 'Not begun'],
  ['end-maintenance', 'Not ended'],
])

/**
 * Sends a {@link import('../../server/wire.ts').Command}; gives `undefined`, or the refusal in words: `{ what, rest, isOver }`, where
 * `isOver` says that trying again is of no use.
 */
export async function command(told, { model, time, get = askFor }) {
  const not = done.get(told.type)
  try {
    await askWithToken(model, '/api/commands', told, { get })
    return undefined
  } catch (error) {
    if (!(error instanceof Refused))
      return { what: `${not}: the observatory cannot be reached.`, rest: 'Try it again.', isOver: false }
    return refusal(not, error, time)
  }
}

/** `time` writes a time of the server. */
export function refusal(not, { message, refusal: told, status }, time) {
  if (told.endedAt !== undefined) {
    return {
      what: `${not}: the fault ended at ${time(told.endedAt)}.`,
      rest: 'Nobody needs to be told; close this.',
      isOver: true,
    }
  }
  if (status === 403) {
    return { what: `${not}: ${sentence(message)}`, rest: 'Load the page again.', isOver: false }
  }
  const at = told.offset === undefined ? '' : `at character ${told.offset + 1}: `
  return { what: `${not}: ${at}${sentence(message)}`, rest: '', isOver: false }
}

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`)
