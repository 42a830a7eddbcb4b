import { createModel } from './model.js'

const model = createModel()
document.body.dataset.link = model.link.state
