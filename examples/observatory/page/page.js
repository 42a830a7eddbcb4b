// Starts the page; where that cannot be, it says so instead of being asked for ever.

import('./start.js').catch((error) => tellFailure(String(error?.message ?? error)))

/** With what every browser has: nothing of the page may be there. */
function tellFailure(reason) {
  document.body.dataset.link = 'failed'
  document.title = '✕ failed · Tocsin'
  document.querySelector('.evidence').setAttribute('hidden', '')
  const verdict = document.getElementById('verdict')
  const title = make('h2', 'verdict-title', 'This page cannot go on')
  const sentence = make('p', 'verdict-sentence', 'Its script did not start: ')
  sentence.append(make('b', '', reason), '. Whether anything is wrong, it cannot say.')
  const words = make('div', 'verdict-words', title, sentence)
  words.setAttribute('role', 'alert')
  const again = make('button', 'primary', 'Load again')
  again.type = 'button'
  again.addEventListener('click', () => location.reload())
  const inner = make('div', 'verdict-inner', words, make('div', 'verdict-side', again))
  const frame = make('div', 'verdict hatched', inner)
  frame.dataset.state = 'failed'
  frame.dataset.look = 'hatched'
  verdict.replaceChildren(frame)
}

function make(tag, className, ...children) {
  const made = document.createElement(tag)
  made.className = className
  made.append(...children)
  return made
}
