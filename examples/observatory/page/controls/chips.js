// The row below the filter, while there is one: tags that would narrow it, and what it means.
import { element, write } from '../elements.js'
import { formatCount } from '../words/format.js'
import { narrowed, queryOf, tagQuery } from './filter-query.js'

export function createChips(root, model, actions) {
  const label = element('span', { class: 'note', id: 'chips-label' }, 'Narrow it:')
  const list = element('ul', { class: 'chips', 'aria-labelledby': 'chips-label' })
  const hint = element('span', { class: 'note', id: 'filter-hint' })
  root.append(label, list, hint)
  let shown = '[]'
  const show = () => {
    const { catalogue, view } = model
    const tags = view.filter === '' ? [] : (catalogue?.tags ?? [])
    root.hidden = view.filter === ''
    label.hidden = tags.length === 0
    const words = queryOf(view.filter).hint
    write(
      hint,
      `${words === undefined ? '' : `${words} · `}The filter is for charts only; faults above are never filtered.`,
    )
    const now = JSON.stringify(tags)
    if (now === shown) return
    shown = now
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.tag : undefined
    list.replaceChildren(...tags.map((tag) => element('li', {}, chip(tag, model, actions))))
    const again = [...list.querySelectorAll('button')].find(({ dataset }) => dataset.tag === focused)
    if (focused !== undefined) (again ?? document.querySelector('#filter-text')).focus()
  }
  model.on('view catalogue', show)
  show()
}

function chip({ category, value, count }, model, actions) {
  const button = element(
    'button',
    { type: 'button', class: 'chip' },
    value === '' ? category : `${category}:${value}`,
    ' ',
    element('span', {}, formatCount(count)),
  )
  button.dataset.tag = tagQuery(category, value)
  button.addEventListener('click', () => actions.setFilter(narrowed(model.view.filter, button.dataset.tag)))
  return button
}
