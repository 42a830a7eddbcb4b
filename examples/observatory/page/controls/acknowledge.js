// Telling everybody that somebody knows of a fault.
import { element, write } from '../elements.js'
import { command } from '../link/commands.js'
import { listed } from '../words/parts.js'
import { clockTime, minuteTime, nearTime, zoneName } from '../words/times.js'
import { rememberWho, whoWasHere } from './name-of-person.js'
import { openPopover } from './popover.js'
import { createRadioGroup } from './radio-group.js'

const durations = [
  { value: 30, text: '30 min' },
  { value: 120, text: '2 h' },
  { value: 480, text: '8 h' },
  { value: 0, text: 'until it ends' },
]
/** The stream usually tells it at once, ms. */
const patienceMs = 10_000

export function createAcknowledge(model) {
  const time = (ms) => clockTime(ms, model.view.zone)
  const isConnected = () => model.link.state === 'live' || model.link.state === 'stale'
  let watched
  model.on('faults link tick state', () => watched?.())

  return {
    open(fault, button) {
      let minutes = 120
      let sent
      let timer
      const who = element('input', { type: 'text', id: 'who', maxlength: '100', autocomplete: 'off' })
      who.value = whoWasHere()
      const note = element('textarea', { id: 'note', rows: '2', maxlength: '1000' })
      const until = element('p', { class: 'note', 'aria-live': 'polite' })
      const group = createRadioGroup({
        label: 'For',
        options: durations,
        chosen: (value) => {
          minutes = value
          show()
        },
      })
      group.set(minutes)
      const trouble = createTrouble()
      const cancel = element('button', { type: 'button' }, 'Cancel')
      const send = element('button', { type: 'submit', class: 'primary' }, 'Acknowledge')

      const show = () => {
        write(until, endSentence(fault, { minutes, now: model.now(), zone: model.view.zone }))
        const known = model.faults.get(fault.id)
        if (sent !== undefined && known?.acknowledgement?.at !== fault.acknowledgement?.at) {
          popover.close()
          return
        }
        const isWaiting = sent !== undefined
        send.disabled = isWaiting || !isConnected()
        write(send, isWaiting ? 'Saving…' : 'Acknowledge')
        if (!isConnected()) trouble.tell('Not connected:', 'nothing can be acknowledged now.')
        else if (trouble.isAboutConnection) trouble.clear()
      }
      const popover = openPopover({
        button,
        title: `Acknowledge ${fault.series.metric}`,
        fill: (form) => {
          form.append(
            element(
              'p',
              { class: 'note' },
              'Everybody sees it at once. Nobody is told more about this fault until it gets worse or ends.',
            ),
            element('label', { for: 'who' }, element('b', {}, 'Who'), ' remembered in this browser'),
            who,
            element('label', { for: 'note' }, element('b', {}, 'Note')),
            note,
            element('p', { class: 'label' }, 'For'),
            group.element,
            until,
            trouble.element,
            element('div', { class: 'popover-buttons' }, cancel, send),
          )
          return who.value === '' ? who : note
        },
        submit: async () => {
          if (sent !== undefined || !isConnected()) return
          if (who.value.trim() === '') {
            who.ariaInvalid = 'true'
            trouble.tell('Who acknowledges it?', 'Others need to know whom to ask.')
            who.focus()
            return
          }
          who.ariaInvalid = 'false'
          rememberWho(who.value.trim())
          trouble.clear()
          sent = model.now()
          show()
          const refused = await command(
            acknowledgement(fault, { who: who.value, notes: note.value, minutes, now: sent }),
            {
              model,
              time,
            },
          )
          if (refused === undefined) {
            timer = setTimeout(() => {
              sent = undefined
              trouble.tell('It was sent,', 'but the observatory has not told the result yet.')
              show()
            }, patienceMs)
            return
          }
          sent = undefined
          show()
          trouble.tell(refused.what, refused.rest)
          if (refused.isOver) send.disabled = true
        },
        closed: () => {
          watched = undefined
          clearTimeout(timer)
        },
      })
      cancel.addEventListener('click', popover.close)
      // On the phone and where there is no room below, both ends of it are in sight.
      note.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send.click()
      })
      watched = show
      show()
    },
    async takeBack(fault) {
      return command(
        { type: 'unacknowledge', alert: fault.alert, by: whoWasHere() || 'somebody at the page' },
        { model, time },
      )
    },
  }
}

/** Red words in a popover; what was typed stays. */
export function createTrouble() {
  const what = element('b')
  const rest = element('span')
  const box = element('p', { class: 'trouble', role: 'alert', hidden: true }, what, ' ', rest)
  return {
    element: box,
    get isAboutConnection() {
      return what.textContent === 'Not connected:'
    },
    tell(strong, more) {
      write(what, strong)
      write(rest, more)
      box.hidden = false
    },
    clear() {
      box.hidden = true
      write(what, '')
    },
  }
}

/** The command that acknowledges a fault. */
function acknowledgement(fault, { who, notes, minutes, now }) {
  return {
    type: 'acknowledge',
    alert: fault.alert,
    by: who.trim(),
    ...(notes.trim() !== '' && { notes: notes.trim() }),
    ...(minutes > 0 && { until: Math.round(now) + minutes * 60_000 }),
  }
}

/** `Ends at 07:12 UTC; if the fault is still open then, operators are told.` */
function endSentence({ told }, { minutes, now, zone }) {
  const groups = told?.groups ?? []
  const who = groups.length === 0 ? 'whoever the policy names' : listed(groups)
  if (minutes === 0) return `Ends with the fault; ${who} will only be told before that if it gets worse.`
  const end = now + minutes * 60_000
  const verb = groups.length === 0 ? 'is' : 'are'
  const at = nearTime(end, now, zone, minuteTime)
  return `Ends at ${at} ${zoneName(end, zone)}; if the fault is still open then, ${who} ${verb} told.`
}
